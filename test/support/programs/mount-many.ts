import { mkdirSync } from 'node:fs';
import koffi from 'koffi';

/**
 * mount-many.js nested|stacked|deep COUNT NAME: mounts so many file systems on NAME in the working directory, each inside of
 * the one before it or over it; or beside each other, 8 KiB of directories NAME below. Paths get as long as they may become: no
 * program that wants the whole path could do that.
 */
const mount = koffi
  .load('libc.so.6')
  .func(
    'int mount(const char *source, const char *target, const char *type, ulong flags, const char *data)',
  );

const [how, count, name = ''] = process.argv.slice(2);
if (how === 'stacked') mkdirSync(name);
for (let bytes = 0; how === 'deep' && bytes < 8_192; bytes += name.length + 1) {
  mkdirSync(name);
  process.chdir(name);
}
for (let index = 0; index < Number(count); index++) {
  const target = how === 'deep' ? String(index) : name;
  if (how !== 'stacked') mkdirSync(target);
  if (mount('none', target, 'tmpfs', 0, null) !== 0) throw new Error(`mount ${index} failed`);
  if (how === 'nested') process.chdir(name);
}
