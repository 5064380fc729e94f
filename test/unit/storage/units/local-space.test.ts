import { mkdir, mkdtemp, rm, statfs, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { localSpace } from '../../../../src/storage/units/local-space.js';
import { parseMountinfo } from '../../../../src/system/proc/mount-table.js';
import { failureOf } from '../fixtures.js';

describe('localSpace', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp('/tmp/chroot-noded-');
    await mkdir(join(directory, 'disks/inst1'), { recursive: true });
    await mkdir(join(directory, 'remote'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** The root is local, and what else is mounted is of the given types. */
  function space(path: string, types: Record<string, string> = {}) {
    const all = Object.entries({ '/': 'ext4', ...types });
    const lines = all.map(([point, type], id) => `${id} 1 8:${id} / ${point} rw - ${type} x rw\n`);
    return localSpace(path, { read: () => Promise.resolve(parseMountinfo(lines.join(''))) });
  }

  it('asks for the room in a local file system', async () => {
    const { bsize, blocks } = await statfs(directory);
    for (const path of [directory, `${directory}/disks/../disks//inst1/.`])
      expect((await space(path))?.sizeBytes, path).to.equal(bsize * blocks);
    expect(await space(join(directory, 'disks'), { [join(directory, 'disks')]: 'xfs' })).to.be.an(
      'object',
    );
  });

  for (const type of ['nfs4', 'fuse.sshfs', 'autofs', 'cifs', 'zfs'])
    it(`leaves alone what is on ${type}`, async () => {
      const remote = { [join(directory, 'remote')]: type };
      for (const path of ['remote', 'remote/x', 'disks/../remote', 'remote/../disks'])
        expect(await space(`${directory}/${path}`, remote), path).to.be.undefined;
      expect(await space(join(directory, 'disks'), remote)).to.be.an('object');
      expect(await space(directory, { '/': type })).to.be.undefined;
    });

  it('follows links, but not to where it may hang', async () => {
    await symlink('../remote/inst2', join(directory, 'disks/inst2'));
    await symlink(join(directory, 'disks/inst1'), join(directory, 'disks/inst3'));
    await symlink('loop', join(directory, 'disks/loop'));
    const remote = { [join(directory, 'remote')]: 'nfs' };
    expect(await space(join(directory, 'disks/inst2'), remote)).to.be.undefined;
    expect(await space(join(directory, 'disks/inst3'), remote)).to.be.an('object');
    expect(await space(join(directory, 'disks/loop'), remote)).to.be.undefined;
  });

  it('says nothing of a path that is not absolute, and fails where nothing is', async () => {
    expect(await space('tmp')).to.be.undefined;
    expect(await failureOf(space(join(directory, 'no/such')))).to.have.property('code', 'ENOENT');
  });
});
