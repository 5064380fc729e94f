import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { errorCode } from '../../../../src/base/errno.js';
import {
  appendToFile,
  renameIfExists,
  renamePath,
  setMode,
  writeNewFile,
} from '../../../../src/system/file/changes.js';
import { failureOf } from '../../storage/fixtures.js';
import { useStepsInDirectory } from './steps-in-directory.js';

let directory: string;
let path: string;
let other: string;
let steps: readonly string[];
const inDirectory = useStepsInDirectory();
beforeEach(() => {
  ({ directory, steps } = inDirectory());
  path = join(directory, 'file');
  other = join(directory, 'other');
});

describe('writeNewFile', () => {
  it('makes a file, and leaves one that is there', async () => {
    await writeNewFile(path, 'text', 0o400);
    expect(errorCode(await failureOf(writeNewFile(path, 'more', 0o600)))).to.equal('EEXIST');
    expect(await readFile(path, 'utf8')).to.equal('text');
    expect((await stat(path)).mode & 0o777).to.equal(0o400);
    expect(steps).to.deep.equal(['file made: /file']);
  });
});

describe('appendToFile', () => {
  it('makes the file, and appends to it', async () => {
    for (const text of ['one', 'two']) await appendToFile(path, text, 0o600, 'said');
    expect(await readFile(path, 'utf8')).to.equal('onetwo');
    expect(steps).to.deep.equal(['said: /file', 'said: /file']);
  });
});

describe('renamePath and renameIfExists', () => {
  it('replace what has the new name', async () => {
    for (const rename of [renamePath, renameIfExists]) {
      await writeFile(other, 'old');
      await writeFile(path, 'new');
      await rename(path, other);
      expect(await readFile(other, 'utf8')).to.equal('new');
    }
    expect(steps).to.deep.equal(['file renamed: /other', 'file renamed: /other']);
  });

  it('find nothing; only the former fails then', async () => {
    expect(await renameIfExists(path, other)).to.be.false;
    expect(errorCode(await failureOf(renamePath(path, other)))).to.equal('ENOENT');
    expect(steps).to.deep.equal([]);
    await writeFile(path, '');
    expect(await renameIfExists(path, other, 'kept')).to.be.true;
    expect(steps).to.deep.equal(['kept: /other']);
  });
});

describe('setMode', () => {
  it('sets the permission bits', async () => {
    await writeFile(path, '');
    await setMode(path, 0o604);
    expect((await stat(path)).mode & 0o777).to.equal(0o604);
    expect(steps).to.deep.equal(['mode set: /file']);
  });
});
