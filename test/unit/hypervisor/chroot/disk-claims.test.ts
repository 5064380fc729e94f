import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { DiskClaims, pathsOf } from '../../../../src/hypervisor/chroot/disk-claims.js';
import { LoopDoor } from '../../../../src/system/helper/loop-door.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { FakeLoopDevices } from '../../../support/fakes/fake-loop-devices.js';
import { FakeMountTable } from '../../../support/fakes/fake-mount-table.js';
import { failureOf, fileDisk } from '../../storage/fixtures.js';

const nothing = () => Promise.resolve();

describe('DiskClaims.claim', () => {
  let directory: string;
  let disk: string;
  let claims: DiskClaims;
  let loopDevices: FakeLoopDevices;
  const mounts = new FakeMountTable();
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    disk = join(directory, 'disk');
    await writeFile(disk, '');
    await symlink(disk, join(directory, 'link'));
    loopDevices = new FakeLoopDevices(mounts);
    const disks = new FakeDisks({ ...loopDevices.jobs, isClaimed: () => false });
    const loops = new LoopDoor({ disks, loopDevices, mountTable: mounts });
    claims = new DiskClaims({ disks, loops, loopDevices, mountTable: mounts });
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('lets one of those have a disk who ask at once, whichever name they use', async () => {
    let end: () => void = () => undefined;
    let first: Promise<void> = nothing();
    await new Promise<void>((taken) => {
      first = claims.claim([disk], () => {
        taken();
        return new Promise((resolve) => (end = resolve));
      });
    });
    for (const path of [disk, join(directory, 'link'), `${directory}/./disk`]) {
      const error = await failureOf(claims.claim([path], nothing));
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.equal(`Disk ${path} is in use already, by an instance that starts`);
    }
    end();
    await first;
    await claims.claim([disk], nothing);
  });

  it('takes several in their order, or none', async () => {
    const other = join(directory, 'other');
    await writeFile(other, '');
    const paths = await claims.claim([other, disk], (found) =>
      Promise.resolve(found.map(({ path }) => basename(path))),
    );
    expect(paths).to.deep.equal(['other', 'disk']);
    const twice = await failureOf(claims.claim([disk, other, join(directory, 'link')], nothing));
    expect(twice.message).to.include(`Disk ${directory}/link is in use already`);
    loopDevices.foreign = '/dev/loop3';
    expect((await failureOf(claims.claim([other, disk], nothing))).message).to.match(
      new RegExp(`^Disk ${directory}/(other|disk) is in use by /dev/loop3`),
    );
    loopDevices.foreign = undefined;
    await claims.claim([disk, other], nothing);
  });

  it('lets go of a disk that could not be taken', async () => {
    await failureOf(claims.claim([disk], () => Promise.reject(new Error('no'))));
    await claims.claim([disk], nothing);
  });

  it('knows a block device by its number, under another name too', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const [first, second] = ['first', 'second'].map((name) => join(directory, name));
    for (const node of [first ?? '', second ?? ''])
      execFileSync('mknod', [node, 'b', '259', '1048575']);
    expect((await stat(first ?? '')).isBlockDevice()).to.be.true;
    const work = claims.claim([first ?? ''], async () => {
      throw await failureOf(claims.claim([second ?? ''], nothing));
    });
    expect((await failureOf(work)).message).to.include('is in use already');
  });

  it('says who else uses a disk', async () => {
    loopDevices.foreign = '/dev/loop3';
    expect((await failureOf(claims.claim([disk], nothing))).message).to.equal(
      `Disk ${disk} is in use by /dev/loop3`,
    );
    mounts.add('/elsewhere', { source: '/dev/loop3', device: '7:3' });
    expect((await failureOf(claims.claim([disk], nothing))).message).to.include(
      '(mounted at /elsewhere',
    );
  });
});

describe('pathsOf', () => {
  it('knows where disks are by their names, if those say it', () => {
    const paths = pathsOf([
      fileDisk('/srv/disk0'),
      fileDisk('', { dev_type: 'plain', logical_id: ['vg', 'lv'] }),
      fileDisk('', { dev_type: 'blockdev', logical_id: ['manual', '/dev/sdb'] }),
      fileDisk('', { dev_type: 'ext', logical_id: ['provider', 'name'] }),
    ]);
    expect(paths).to.deep.equal(['/srv/disk0', '/dev/vg/lv', '/dev/sdb']);
  });
});
