import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { errorReason } from '../../../../src/base/errno.js';
import { renameToFree } from '../../../../src/system/file/rename-to-free.js';
import { renameNoReplace, SyscallError } from '../../../../src/system/kernel/syscalls.js';
import { failureOf } from '../../storage/fixtures.js';

const EINVAL = 22;

/** As on NFS. */
function unable(): Promise<void> {
  return Promise.reject(new SyscallError('renameat2', EINVAL));
}

for (const [where, rename] of [
  ['', renameNoReplace],
  [', where the file system cannot', unable],
] as const)
  describe(`renameToFree${where}`, () => {
    let root: string;
    let from: string;
    let to: string;
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
      [from, to] = [join(root, 'a'), join(root, 'b')];
    });
    afterEach(() => rm(root, { recursive: true }));

    async function reason(): Promise<string> {
      return errorReason(await failureOf(renameToFree(from, to, rename)));
    }

    it('renames a file, and a directory with what is in it', async () => {
      await writeFile(from, 'data');
      await renameToFree(from, to, rename);
      expect(await readFile(to, 'utf8')).to.equal('data');
      await mkdir(from);
      await writeFile(join(from, 'x'), 'data');
      await renameToFree(from, `${to}2`, rename);
      expect(await readdir(root)).to.have.members(['b', 'b2']);
      expect(await readdir(`${to}2`)).to.deep.equal(['x']);
    });

    it('replaces no file, no empty directory, and nothing by itself', async () => {
      await writeFile(from, 'data');
      await writeFile(to, 'other');
      expect(await reason()).to.equal('File already exists');
      expect(await readFile(to, 'utf8')).to.equal('other');
      await rm(to);
      await mkdir(to);
      expect(await reason()).to.equal('File already exists');
      await rm(from);
      await mkdir(from);
      expect(await reason()).to.equal('File already exists');
      to = from;
      expect(await reason()).to.equal('File already exists');
      expect(await readdir(root)).to.have.members(['a', 'b']);
    });

    it('loses no name of a file that has both', async () => {
      await writeFile(from, 'data');
      await link(from, to);
      expect(await reason()).to.equal('File already exists');
      expect(await readdir(root)).to.have.members(['a', 'b']);
    });

    it('leaves nothing when there is nothing to rename, or it cannot be', async () => {
      expect(await reason()).to.equal('No such file or directory');
      await mkdir(from);
      to = join(from, 'b');
      expect(await reason()).to.equal('Invalid argument');
      expect(await readdir(root, { recursive: true })).to.deep.equal(['a']);
    });

    it('lets one of many through', async () => {
      const names = Array.from({ length: 20 }, (_, index) => join(root, String(index)));
      for (const name of names) await writeFile(name, name);
      const ends = await Promise.allSettled(names.map((name) => renameToFree(name, to, rename)));
      expect(ends.filter(({ status }) => status === 'fulfilled')).to.have.lengthOf(1);
      expect(await readdir(root)).to.have.lengthOf(20);
    });
  });
