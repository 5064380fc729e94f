import { mkdirSync } from 'node:fs';
import { mount } from './libc.js';

/**
 * mount-many.js nested|stacked COUNT NAME: mounts so many file systems on NAME in the working directory, each inside of
 * the one before it or over it. Nested ones get paths as long as they may become: no program that wants the whole path
 * could do that.
 */
const [how, count, name = ''] = process.argv.slice(2);
if (how === 'stacked') mkdirSync(name);
for (let index = 0; index < Number(count); index++) {
  if (how === 'nested') mkdirSync(name);
  mount('none', name, 'tmpfs', 0, null);
  if (how === 'nested') process.chdir(name);
}
