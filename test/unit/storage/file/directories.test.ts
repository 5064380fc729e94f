import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FileStoragePathError, RpcFailure } from '../../../../src/base/errors.js';
import { FileStorageDirs } from '../../../../src/storage/file/directories.js';
import { steadyTemporaryName } from '../../../../src/system/file/files.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { failureOf, StorageFixture } from '../fixtures.js';

describe('FileStorageDirs', () => {
  let fixture: StorageFixture;
  let dirs: FileStorageDirs;
  let path: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    dirs = new FileStorageDirs({ disks: new FakeDisks(), paths: fixture.paths });
    path = join(fixture.storage, 'inst1');
  });
  afterEach(() => fixture.remove());

  async function failure(work: Promise<void>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(RpcFailure);
    return error.message;
  }

  it('makes a directory and those above it, which others cannot read', async () => {
    const deep = join(path, 'a', 'b');
    await dirs.create(deep);
    await dirs.create(deep);
    for (const directory of [path, deep]) expect((await stat(directory)).mode & 0o027).to.equal(0);
  });

  it('removes an empty directory, twice', async () => {
    await dirs.create(path);
    await dirs.remove(path);
    await dirs.remove(path);
    expect(await readdir(fixture.storage)).to.deep.equal([]);
  });

  it('removes a directory in which there is only what a daemon has left half made', async () => {
    await dirs.create(path);
    await writeFile(steadyTemporaryName(join(path, 'disk0')), '');
    await dirs.remove(path);
    expect(await readdir(fixture.storage)).to.deep.equal([]);
  });

  it('does not remove a directory with something in it', async () => {
    await dirs.create(path);
    await writeFile(join(path, 'disk0'), 'data');
    expect(await failure(dirs.remove(path))).to.equal(
      `Cannot remove file storage directory '${path}': Directory not empty`,
    );
  });

  it('takes no file for a directory', async () => {
    await writeFile(path, 'data');
    expect(await failure(dirs.create(path))).to.equal(
      `Specified storage dir '${path}' is not a directory`,
    );
    expect(await failure(dirs.remove(path))).to.equal(
      `Specified Storage directory '${path}' is not a directory`,
    );
    expect(await failure(dirs.create(join(path, 'x')))).to.equal(
      `Cannot create file storage directory '${path}/x': Not a directory`,
    );
  });

  it('renames a directory, twice', async () => {
    await dirs.create(path);
    await writeFile(join(path, 'disk0'), 'data');
    await dirs.rename(path, `${path}0`);
    await dirs.rename(path, `${path}0`);
    expect(await readdir(fixture.storage)).to.deep.equal(['inst10']);
    expect(await readdir(`${path}0`)).to.deep.equal(['disk0']);
  });

  it('renames nothing else', async () => {
    const other = `${path}0`;
    expect(await failure(dirs.rename(path, other))).to.equal(
      `Specified storage dir '${path}' is not a directory`,
    );
    await dirs.create(path);
    expect(await failure(dirs.rename(path, join(other, 'deep')))).to.equal(
      `Cannot rename '${path}' to '${other}/deep': No such file or directory`,
    );
    await dirs.create(other);
    expect(await failure(dirs.rename(path, other))).to.equal(
      `Cannot rename '${path}' to '${other}': both locations exist`,
    );
    for (const [from, to] of [
      [path, join(fixture.root, 'outside')],
      [join(fixture.root, 'links'), join(path, 'x')],
      [fixture.storage, join(path, 'x')],
    ] as const)
      expect(await failureOf(dirs.rename(from, to))).to.be.instanceOf(FileStoragePathError);
  });

  it('does not leave the allowed directories', async () => {
    const outside = join(fixture.root, 'outside');
    await mkdir(outside);
    await symlink(outside, join(fixture.storage, 'link'));
    for (const wrong of [outside, `${fixture.storage}/../outside`, `${fixture.storage}/link`])
      for (const work of [() => dirs.create(wrong), () => dirs.remove(wrong)])
        expect(await failureOf(work())).to.be.instanceOf(FileStoragePathError);
    expect(await readdir(fixture.root)).to.include('outside');
  });
});
