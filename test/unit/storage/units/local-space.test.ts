import { mkdir, mkdtemp, rm, statfs, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { localSpace } from '../../../../src/storage/units/local-space.js';
import { parseMountinfo } from '../../../../src/system/proc/mount-table.js';
import { failureOf } from '../fixtures.js';

describe('localSpace', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp('/tmp/chroot-noded-');
    await mkdir(join(folder, 'disks/inst1'), { recursive: true });
    await mkdir(join(folder, 'remote'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The root is local, and what else is mounted is of the given types. */
  function space(path: string, types: Record<string, string> = {}) {
    const all = Object.entries({ '/': 'ext4', ...types });
    const lines = all.map(([point, type], id) => `${id} 1 8:${id} / ${point} rw - ${type} x rw\n`);
    return localSpace(path, { read: () => Promise.resolve(parseMountinfo(lines.join(''))) });
  }

  it('asks for the room in a local file system', async () => {
    const { bsize, blocks } = await statfs(folder);
    for (const path of [folder, `${folder}/disks/../disks//inst1/.`])
      expect((await space(path))?.sizeBytes, path).to.equal(bsize * blocks);
    expect(await space(join(folder, 'disks'), { [join(folder, 'disks')]: 'xfs' })).to.be.an(
      'object',
    );
  });

  for (const type of ['nfs4', 'fuse.sshfs', 'autofs', 'cifs', 'zfs'])
    it(`leaves alone what is on ${type}`, async () => {
      const remote = { [join(folder, 'remote')]: type };
      for (const path of ['remote', 'remote/x', 'disks/../remote', 'remote/../disks'])
        expect(await space(`${folder}/${path}`, remote), path).to.be.undefined;
      expect(await space(join(folder, 'disks'), remote)).to.be.an('object');
      expect(await space(folder, { '/': type })).to.be.undefined;
    });

  it('follows links, but not to where it may hang', async () => {
    await symlink('../remote/inst2', join(folder, 'disks/inst2'));
    await symlink(join(folder, 'disks/inst1'), join(folder, 'disks/inst3'));
    await symlink('loop', join(folder, 'disks/loop'));
    const remote = { [join(folder, 'remote')]: 'nfs' };
    expect(await space(join(folder, 'disks/inst2'), remote)).to.be.undefined;
    expect(await space(join(folder, 'disks/inst3'), remote)).to.be.an('object');
    expect(await space(join(folder, 'disks/loop'), remote)).to.be.undefined;
  });

  it('says nothing of a path that is not absolute, and fails where nothing is', async () => {
    expect(await space('tmp')).to.be.undefined;
    expect(await failureOf(space(join(folder, 'no/such')))).to.have.property('code', 'ENOENT');
  });
});
