import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { errorCode } from '../../../../src/base/errno.js';
import {
  makeDirectory,
  makeNewDirectory,
  makeTemporaryDirectory,
  removeDirectory,
  removeDirectoryIfEmpty,
  removeTree,
  syncDirectory,
} from '../../../../src/system/file/directories.js';
import { failureOf } from '../../storage/fixtures.js';
import { useStepsInDirectory } from './steps-in-directory.js';

let directory: string;
let path: string;
let steps: readonly string[];
const inDirectory = useStepsInDirectory();
beforeEach(() => {
  ({ directory, steps } = inDirectory());
  path = join(directory, 'new');
});

describe('makeDirectory', () => {
  it('makes those above it, and does nothing if all are there', async () => {
    const deep = join(path, 'b', 'c');
    expect(await makeDirectory(deep, 0o750)).to.equal(path);
    expect(await makeDirectory(deep, 0o750)).to.be.undefined;
    expect((await stat(deep)).mode & 0o027).to.equal(0);
    expect(await makeDirectory(join(deep, 'd'), 0o750, 'done')).to.equal(join(deep, 'd'));
    expect(steps).to.deep.equal([
      ...['directory made: /new', 'directory made: /new/b', 'directory made: /new/b/c'],
      'done: /new/b/c/d',
    ]);
  });

  it('fails where it cannot be made', async () => {
    await symlink('nowhere', path);
    const error = await failureOf(makeDirectory(join(path, 'below'), 0o750));
    expect(errorCode(error)).to.equal('ENOENT');
  });
});

describe('makeNewDirectory', () => {
  it('says whether it was made, and leaves what was there', async () => {
    const { uid, gid } = await stat(directory);
    expect(await makeNewDirectory(path, { mode: 0o710, owner: { uid, gid } })).to.be.true;
    expect(await makeNewDirectory(path, { mode: 0o700 })).to.be.false;
    expect((await stat(path)).mode & 0o777).to.equal(0o710);
    expect(steps).to.deep.equal(['directory made: /new']);
  });

  it('makes none above it', async () => {
    const making = makeNewDirectory(join(path, 'below'), { mode: 0o700 });
    expect(errorCode(await failureOf(making))).to.equal('ENOENT');
  });
});

describe('makeTemporaryDirectory', () => {
  it('makes another one each time, for nobody else', async () => {
    const made = [await makeTemporaryDirectory(path), await makeTemporaryDirectory(path)];
    expect(new Set(made)).to.have.lengthOf(2);
    for (const one of made) expect((await stat(one)).mode & 0o777).to.equal(0o700);
    expect(steps).to.have.lengthOf(2);
  });
});

describe('removeDirectory and removeDirectoryIfEmpty', () => {
  it('remove an empty directory', async () => {
    for (const remove of [removeDirectory, removeDirectoryIfEmpty]) {
      await mkdir(path);
      await remove(path);
      expect(await readdir(directory)).to.deep.equal([]);
    }
    expect(steps).to.deep.equal(['directory removed: /new', 'directory removed: /new']);
  });

  it('leave anything else; only the former fails then', async () => {
    await writeFile(path, '');
    for (const [other, code] of [
      [directory, 'ENOTEMPTY'],
      [path, 'ENOTDIR'],
      [join(directory, 'missing'), 'ENOENT'],
    ] as const) {
      await removeDirectoryIfEmpty(other);
      expect(errorCode(await failureOf(removeDirectory(other)))).to.equal(code);
    }
    expect(await readdir(directory)).to.deep.equal(['new']);
    expect(steps).to.deep.equal([]);
  });
});

describe('removeTree', () => {
  it('removes all that is in it, and does nothing if it is gone', async () => {
    await mkdir(join(path, 'a', 'b'), { recursive: true });
    await writeFile(join(path, 'a', 'file'), '');
    await removeTree(path);
    await removeTree(path);
    expect(await readdir(directory)).to.deep.equal([]);
    expect(steps).to.deep.equal(['tree removed: /new']);
  });
});

describe('syncDirectory', () => {
  it('does so, and fails without one', async () => {
    await syncDirectory(directory);
    expect(errorCode(await failureOf(syncDirectory(path)))).to.equal('ENOENT');
  });
});
