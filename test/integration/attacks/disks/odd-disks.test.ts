import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import type { Disk } from '../../../../src/generated/objects.js';
import { makeImage } from '../../../../tools/kit/image.js';
import { failureOf } from '../../../support/failure.js';
import { attachLoop, detachLoop } from '../../../support/machine/loops.js';
import { mountOn } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;
/** What mkfs.xfs makes at least. */
const XFS_MIB = 320;

/** Anything may have been written to a disk. */
describeAsRoot('an instance whose disk is not what it should be', () => {
  const node = useNode();

  /** An image that is empty but for what is written at these offsets. */
  async function writeDisk(
    ...parts: [offset: number, bytes: string | Uint8Array][]
  ): Promise<void> {
    const path = node().diskPath('inst1');
    const bytes = Buffer.alloc(65_536);
    for (const [offset, part] of parts) Buffer.from(part).copy(bytes, offset);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    await truncate(path, 8 * MIB);
  }

  async function expectRejected(reason: RegExp): Promise<void> {
    const error = await failureOf(node().start(node().instance('inst1')));
    expect(error.message).to.match(/^Hypervisor error: Can't mount the chroot dir: \/.*\/disk0: /);
    expect(error.message).to.match(reason);
    expect(node().leftovers()).to.deep.equal([]);
  }

  it('makes no panic of the node, although its file system asks for one', async () => {
    const instance = await node().makeDisk('inst1');
    await run('tune2fs', ['-e', 'panic', node().diskPath('inst1')]);
    await node().start(instance);
    expect(mountOn(node().root('inst1')).superOptions).to.include('errors=remount-ro');
    await node().shutdown(instance, 1);
  });

  it('is not started with a file system of a kind that nobody expects', async () => {
    const signature = Uint8Array.of(0x55, 0xaa);
    await writeDisk([0, '\xeb\x3c\x90MSDOS5.0'], [54, 'FAT16   '], [510, signature]);
    await expectRejected(/: it holds no file system of a known kind \(ext4, xfs, btrfs, /);
  });

  it('is not started with a partition table, which the failure names', async () => {
    await writeDisk([450, Uint8Array.of(0x83)], [510, Uint8Array.of(0x55, 0xaa)]);
    await expectRejected(/partition table \(MBR\): .* PARTITION_STYLE="none"$/);
    await writeDisk([510, Uint8Array.of(0x55, 0xaa)], [512, 'EFI PART']);
    await expectRejected(/partition table \(GPT\): .* PARTITION_STYLE="none"$/);
  });

  it('is not started with a file system that is destroyed, and says so', async () => {
    await writeDisk([1080, Uint8Array.of(0x53, 0xef)]);
    await expectRejected(/: ext4: (what is on the disk is damaged|the file system on the disk)/);
  });

  it('is not started with a write-protected device that is to be written to', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'protected-disk-'));
    await makeImage(join(directory, 'disk0'));
    const device = await attachLoop(join(directory, 'disk0'), '--read-only');
    try {
      const disk: Disk = {
        dev_type: 'blockdev',
        logical_id: ['manual', device],
        size: 8,
        mode: 'rw',
      };
      const instance = node().instance('inst1', { disks_info: [disk] });
      expect((await failureOf(node().start(instance))).message).to.equal(
        `Hypervisor error: Can't mount the chroot dir: ${device}: ` +
          'it is write-protected, and the instance is to write to it',
      );
      expect(node().leftovers()).to.deep.equal([]);
    } finally {
      await detachLoop(device);
      await rm(directory, { recursive: true });
    }
  });

  it('is started with a copy of an XFS that is mounted already', async () => {
    await makeXfs('inst1');
    await node().copyDisk('inst1', 'inst2');
    const instances = ['inst1', 'inst2'].map((name) => node().instance(name));
    for (const instance of instances) await node().start(instance);
    expect(await node().running()).to.deep.equal(['inst1', 'inst2']);
    for (const instance of instances) await node().shutdown(instance, 1);
  }).timeout(120_000);

  async function makeXfs(name: string): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'xfs-'));
    const trees = ['from', 'to'].map((tree) => join(directory, tree));
    const [from = '', to = ''] = trees;
    const path = node().diskPath(name);
    await mkdir(dirname(path), { recursive: true });
    await makeImage(path, {
      prepare: async (tree) => {
        await run('cp', ['-a', tree, from]);
      },
    });
    await rm(path);
    await writeFile(path, '');
    await truncate(path, XFS_MIB * MIB);
    await run('mkfs.xfs', ['-q', path]);
    await mkdir(to);
    await run('mount', ['-o', 'loop', path, to]);
    await run('cp', ['-a', `${from}/.`, to]);
    await run('umount', [to]);
    await rm(directory, { recursive: true });
  }
});
