import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { isAllHole } from '../../../../src/system/file/holes.js';

describe('isAllHole', () => {
  let root: string;
  let path: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'file');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is true of a file that nothing was written to', async () => {
    await writeFile(path, '');
    expect(await isAllHole(path)).to.be.true;
    await truncate(path, 1024 * 1024);
    expect(await isAllHole(path)).to.be.true;
  });

  it('is false of one with a single byte at its end, be it zero', async () => {
    await writeFile(path, '');
    await truncate(path, 1024 * 1024);
    await writeFile(path, '\0', { flag: 'a' });
    expect(await isAllHole(path)).to.be.false;
  });

  it('is false of what is no file, or not there', async () => {
    await writeFile(path, '');
    await symlink('file', join(root, 'link'));
    await mkdir(join(root, 'directory'));
    for (const name of [join(root, 'link'), join(root, 'directory'), join(root, 'x'), '/dev/null'])
      expect(await isAllHole(name), name).to.be.false;
  });
});
