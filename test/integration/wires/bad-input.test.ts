import { execFile } from 'node:child_process';
import { chmod, mkdir, open, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { beforeEach, it } from 'mocha';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import type { ImageOptions } from '../../../tools/kit/image.js';
import { failureOf } from '../../support/failure.js';
import { attachLoop, detachLoop } from '../../support/machine/loops.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;
/** Where the first superblock of ext4 is, and its magic number in it. */
const SUPERBLOCK_MAGIC = 1024 + 0x38;

describeAsRoot('instances that cannot be started', () => {
  const node = useNode();

  beforeEach(() =>
    rm(join(node().stateDir, 'file-storage/inst1'), { recursive: true, force: true }),
  );

  /** Starting must fail with this message, on both wires, and leave nothing. */
  async function expectRefusal(instance: unknown, message: RegExp): Promise<void> {
    const error = await failureOf(node().call('instance_start', [instance, false, []]));
    expect(error.message).to.match(message);
    const reply = await node().ganeti('instance_start', [instance, false, []]);
    expect(reply[0]).to.equal(false);
    expect(reply[1]).to.match(message);
    expect(node().leftovers()).to.deep.equal([]);
    expect(await node().running()).to.deep.equal([]);
  }

  async function expectDiskRefused(message: RegExp): Promise<void> {
    await mkdir(join(node().stateDir, 'file-storage/inst1'), { recursive: true });
    await expectRefusal(node().instance('inst1'), message);
  }

  async function expectScriptFails(message: RegExp, options: ImageOptions): Promise<void> {
    await expectRefusal(await node().makeDisk('inst1', options), message);
  }

  const changes: [what: string, changes: object, message: RegExp][] = [
    ['no name', { name: undefined }, /name/],
    ['a number for a name', { name: 1 }, /name/],
    ['a number for the hypervisor', { hypervisor: 1 }, /hypervisor/],
    ['an unknown hypervisor', { hypervisor: 'xen' }, /Unknown hypervisor type 'xen'/],
    ['a list for the parameters', { hvparams: [] }, /hvparams/],
    ['no parameters', { hvparams: undefined }, /hvparams/],
    ['no script', { hvparams: {} }, /init_script/],
    ['null for the script', { hvparams: { init_script: null } }, /init_script/],
    ['a relative script', { hvparams: { init_script: 'ganeti-chroot' } }, /init_script/],
    ['a script with ..', { hvparams: { init_script: '/../bin/sh' } }, /init_script/],
    ['a script with //', { hvparams: { init_script: '//bin/sh' } }, /init_script/],
    ['a script with NUL', { hvparams: { init_script: '/bin/sh\0' } }, /init_script/],
    ['disks that are no list', { disks_info: {} }, /disks_info/],
    ['no disk', { disks_info: [] }, /needs at least one disk/],
    ['a disk that is none', { disks_info: [7] }, /disks_info/],
    ['words for memory', { beparams: { maxmem: 'much' } }, /maxmem/],
  ];
  for (const [what, change, message] of changes)
    it(`refuses ${what}`, async () => {
      const instance: object = await node().makeDisk('inst1');
      await expectRefusal({ ...instance, ...change }, message);
    });

  it('refuses parameters that are no list, too few and too many', async () => {
    const instance = await node().makeDisk('inst1');
    for (const params of [null, 'x', 7, [], [instance], [instance, false, [], 1], [[], 0, 0]]) {
      const [isGood] = await node().ganeti('instance_start', params);
      expect(isGood, JSON.stringify(params)).to.equal(false);
    }
  });

  it('names a disk of a template that is not served', async () => {
    const disk = { ...node().disk('inst1'), dev_type: 'drbd' };
    const instance: Instance = { ...node().instance('inst1'), disks_info: [disk] };
    await expectRefusal(instance, /Disk template 'drbd' is not served/);
  });

  it('names a disk that is not there', async () => {
    await expectDiskRefused(/disk\/0 \(\S+\/inst1\/disk0\).*is not set up/);
  });

  const elsewhere: [where: string, path: string, message: RegExp][] = [
    ['outside of the directories for disks', '/etc/passwd', /'\/etc\/passwd' uses a forbidden/],
    ['whose path has a NUL in it', '/srv/a\0b', /is not acceptable/],
  ];
  for (const [where, path, message] of elsewhere)
    it(`names a disk ${where}`, async () => {
      const disk: Disk = { ...node().disk('inst1'), logical_id: ['loop', path] };
      await expectRefusal({ ...node().instance('inst1'), disks_info: [disk] }, message);
    });

  it('names a disk that is a directory', async () => {
    await mkdir(node().diskPath('inst1'), { recursive: true });
    await expectDiskRefused(/\/inst1\/disk0: not a regular file/);
  });

  it('names a disk that is a FIFO, without waiting for somebody to write to it', async () => {
    await mkdir(join(node().stateDir, 'file-storage/inst1'), { recursive: true });
    await run('mkfifo', [node().diskPath('inst1')]);
    await expectDiskRefused(/\/inst1\/disk0: not a regular file/);
  });

  it('names a disk that is a link', async () => {
    await node().makeDisk('inst2');
    await mkdir(join(node().stateDir, 'file-storage/inst1'), { recursive: true });
    await symlink(node().diskPath('inst2'), node().diskPath('inst1'));
    await expectDiskRefused(/\/inst1\/disk0: not a regular file/);
  });

  it('says that there is no file system on an empty disk', async () => {
    await mkdir(join(node().stateDir, 'file-storage/inst1'), { recursive: true });
    await writeFile(node().diskPath('inst1'), '');
    await expectDiskRefused(/Can't mount the chroot dir/);
    await writeFile(node().diskPath('inst1'), '');
    await truncate(node().diskPath('inst1'), 8 * MIB);
    await expectDiskRefused(
      /Can't mount the chroot dir: .*it holds no file system of a known kind/,
    );
  });

  it('says that a superblock is destroyed', async () => {
    await node().makeDisk('inst1');
    const image = await open(node().diskPath('inst1'), 'r+');
    await image.write(Buffer.from([0, 0]), 0, 2, SUPERBLOCK_MAGIC);
    await image.close();
    await expectDiskRefused(
      /Can't mount the chroot dir: .*it holds no file system of a known kind/,
    );
  });

  it('says that a file system is torn to pieces', async () => {
    await node().makeDisk('inst1');
    const image = await open(node().diskPath('inst1'), 'r+');
    // The superblock stays; what it describes is gone.
    await image.write(Buffer.alloc(MIB, 0xff), 0, MIB, 4096);
    await image.close();
    await expectDiskRefused(/Can't mount the chroot dir|Can't run the chroot start script/);
  });

  it('says that a disk is cut short', async () => {
    await node().makeDisk('inst1');
    await truncate(node().diskPath('inst1'), MIB);
    await expectDiskRefused(/Can't mount the chroot dir/);
  });

  it('names the device that uses a disk already', async () => {
    await node().makeDisk('inst1');
    const device = await attachLoop(node().diskPath('inst1'));
    const error = await failureOf(node().start(node().instance('inst1')));
    expect(error.message).to.match(new RegExp(`Disk \\S+/inst1/disk0 is in use by ${device}`));
    await detachLoop(device);
  });

  it('says that there is no script', async () => {
    await expectScriptFails(/start script: .*\/ganeti-chroot.*No such file/, {
      prepare: (tree) => unlink(join(tree, 'ganeti-chroot')),
    });
  });

  it('says what a script said that fails', async () => {
    const script = '#!/bin/sh\necho out; echo "no \x1b[31mlicence" >&2; exit 3\n';
    await expectScriptFails(/start script: out\nno \\x1b\[31mlicence$/, { script });
  });

  it('says how a script ended that said nothing', async () => {
    await expectScriptFails(/exited with exit code 3$/, { script: '#!/bin/sh\nexit 3\n' });
    await expectScriptFails(/signal SIGSEGV/, { script: '#!/bin/sh\nkill -SEGV $$\n' });
  });

  it('says that a script is not executable', async () => {
    await expectScriptFails(/\/ganeti-chroot.*Permission denied/, {
      prepare: (tree) => chmod(join(tree, 'ganeti-chroot'), 0o644),
    });
  });

  it('says that a script has no interpreter, or is no program', async () => {
    await expectScriptFails(/\/ganeti-chroot.*No such file/, { script: '#!/no/such/shell\n' });
    await expectScriptFails(/\/ganeti-chroot: /, { script: '\x7fELF\x02garbage' });
    await expectScriptFails(/\/ganeti-chroot.*(Permission denied|is a directory)/i, {
      prepare: async (tree) => {
        await unlink(join(tree, 'ganeti-chroot'));
        await mkdir(join(tree, 'ganeti-chroot'));
      },
    });
  });
});
