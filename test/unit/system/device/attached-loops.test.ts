import { execFileSync } from 'node:child_process';
import {
  link,
  mkdir,
  mkdtemp,
  open,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { type DiskFile, findDiskFile } from '../../../../src/system/device/disk-files.js';
import {
  type AttachedLoop,
  LoopDevices,
  type LoopOver,
} from '../../../../src/system/device/loop-devices.js';
import { type Mount, MountTable } from '../../../../src/system/proc/mount-table.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { failureOf } from '../../../support/failure.js';
import { tamperWith } from '../../../support/machine/loops.js';

describe('LoopDevices that stay attached', () => {
  let root: string;
  let file: string;
  let disk: DiskFile;
  let mounts: Mount[];
  const attached: AttachedLoop[] = [];
  const loopDevices = new LoopDevices();

  before(function () {
    if (process.getuid?.() === 0) return;
    process.stderr.write('NOT TESTED: loop devices, for want of root\n');
    this.skip();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    file = join(root, 'image');
    await writeFile(file, 'image');
    await truncate(file, 1024 * 1024);
    disk = await found(file);
    mounts = await new MountTable().read();
  });
  afterEach(async () => {
    for (const loop of attached.splice(0).reverse()) await free(loop);
    await rm(root, { recursive: true });
  });

  async function found(path: string): Promise<DiskFile> {
    const diskFile = await findDiskFile({ path });
    if (diskFile === undefined) throw new Error(`${path} is no disk`);
    return diskFile;
  }

  async function attach(over = file, isReadOnly = false): Promise<AttachedLoop> {
    const options = { name: 'a name', isReadOnly, isPersistent: true };
    const made = await loopDevices.attach(over, options);
    made.close();
    const loop = { path: made.path, sequence: made.sequence };
    attached.push(loop);
    return loop;
  }

  /** A use of a device that is over, and followed by another one. In between others may have taken the device. */
  async function attachTwice(): Promise<AttachedLoop> {
    for (;;) {
      const loop = await attach();
      await free(loop);
      try {
        execFileSync('losetup', [loop.path, file], { stdio: 'pipe' });
        return loop;
      } catch (error) {
        if (!String(error).includes('busy')) throw error;
      }
    }
  }

  /** Others have a quick look at any device: udev at each change, a daemon when it looks for its own. */
  function free(loop: AttachedLoop): Promise<void> {
    return eventually(() => loopDevices.detach(loop));
  }

  function over(...disks: DiskFile[]): LoopOver[] {
    return loopDevices.overAmong(loopDevices.mayBeOver(disks, mounts));
  }

  function pathsOver(...disks: DiskFile[]): string[] {
    return over(...disks).map(({ path }) => path);
  }

  it('are found by what they are over, with nobody having them open', async () => {
    const loop = await attach();
    expect(over(disk)).to.deep.equal([{ ...loop, label: 'a name', disk }]);
    const { rdev } = await stat(loop.path);
    expect(loopDevices.number(loop.path)).to.equal(`${rdev >> 8}:${rdev & 0xff}`);
  });

  it('are found when the file has another name, or they have', async () => {
    const other = join(root, 'other');
    await link(file, other);
    const loop = await attach(other);
    tamperWith(loop.path, { label: 'another name' });
    expect(pathsOver(disk)).to.deep.equal([loop.path]);
  });

  it('are found when the file has no name any more', async () => {
    const loop = await attach();
    await unlink(file);
    expect(loopDevices.backingFile(loop.path)).to.equal(`${file} (deleted)`);
    expect(pathsOver(disk)).to.deep.equal([loop.path]);
  });

  it('are not asked, nor found, when their file lies on another file system', async () => {
    const loop = await attach();
    const elsewhere = { ...disk, path: '/proc/version' };
    expect(pathsOver(elsewhere)).to.deep.equal([]);
    expect(pathsOver(disk)).to.deep.equal([loop.path]);
  });

  it('are not asked, nor found, when their file only seems to lie where the disk does', async () => {
    const directory = join(root, 'mounted');
    await mkdir(directory);
    execFileSync('mount', ['-t', 'tmpfs', 'none', directory]);
    const other = join(directory, 'image');
    await writeFile(other, Buffer.alloc(1024 * 1024));
    const loop = await attach(other);
    execFileSync('umount', ['--lazy', directory]);
    expect(loopDevices.backingFile(loop.path)).to.equal('/image');
    expect(pathsOver({ ...disk, path: '/other' })).to.deep.equal([]);
    // Of the same path it is asked, and is another one.
    expect(pathsOver({ ...disk, path: '/image' })).to.deep.equal([]);
  });

  it('are found when they were attached in another mount namespace', async () => {
    const directory = join(root, 'mounted');
    await mkdir(directory);
    execFileSync('mount', ['-t', 'tmpfs', 'none', directory]);
    const image = join(directory, 'image');
    await writeFile(image, Buffer.alloc(1024 * 1024));
    const inside = await found(image);
    const losetup = ['--mount', 'losetup', '--find', '--show', image];
    const path = execFileSync('unshare', losetup, { encoding: 'utf8' }).trim();
    try {
      expect(loopDevices.backingFile(path)).to.equal('/image');
      mounts = await new MountTable().read();
      expect(pathsOver(inside)).to.deep.equal([path]);
      // Also beside another disk whose path ends alike.
      const other = { path: '/elsewhere/image', identity: 'file 0:0 1' };
      expect(over(other, inside))
        .to.have.lengthOf(1)
        .and.to.have.nested.property('[0].disk', inside);
    } finally {
      execFileSync('losetup', ['--detach', path]);
      execFileSync('umount', [directory]);
    }
  });

  it('are found over a block device by its number, whatever the name of the node', async () => {
    const below = await attach();
    const above = await attach(below.path, true);
    const node = join(root, 'node');
    const number = loopDevices.number(below.path).split(':');
    execFileSync('mknod', [node, 'b', ...number]);
    expect(pathsOver(await found(node))).to.deep.equal([above.path]);
    expect(execFileSync('blockdev', ['--getro', above.path]).toString().trim()).to.equal('1');
    expect(loopDevices.detach(below), 'used by the other').to.be.false;
  });

  it('are free once they are detached, also the second time', async () => {
    const loop = await attach();
    await free(loop);
    expect(loopDevices.isAttached(loop)).to.be.false;
    expect(loopDevices.backingFile(loop.path)).to.be.undefined;
    expect(loopDevices.detach(loop)).to.be.true;
  });

  it('stay as they are while somebody has them open, and afterwards', async () => {
    const loop = await attach();
    const user = await open(loop.path);
    expect(loopDevices.detach(loop)).to.be.false;
    expect(loopDevices.detach(loop)).to.be.false;
    await user.close();
    expect(pathsOver(disk)).to.deep.equal([loop.path]);
  });

  it('go with the last who has them open, if they are not to be kept', async () => {
    const loop = await attach();
    const user = await open(loop.path);
    expect(loopDevices.detach(loop, { isKept: false })).to.be.false;
    expect(loopDevices.isAttached(loop)).to.be.true;
    await user.close();
    await eventually(() => !loopDevices.isAttached(loop));
  });

  it('are others when the same device is over the same file once more', async () => {
    const loop = await attachTwice();
    const again = over(disk)[0];
    expect(again?.path).to.equal(loop.path);
    expect(loopDevices.isAttached(loop)).to.be.false;
    expect(loopDevices.detach(loop)).to.be.true;
    expect(pathsOver(disk)).to.deep.equal([loop.path]);
    if (again !== undefined) await free(again);
  });

  it('are not made over a file that has taken the place of the one meant', async () => {
    const work = loopDevices.attach(file, { name: 'x', isReadOnly: true, identity: 'file 0:0 1' });
    expect((await failureOf(work)).message).to.equal(`${file} has become another file`);
  });
});
