import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { attachLoop, detachLoop } from '../../support/machine/loops.js';
import { processesIn } from '../../support/machine/observe.js';
import { TestNode } from '../../support/node/test-node.js';
import { failureOf } from '../../unit/storage/fixtures.js';

const UUIDS = [
  '00000000-1519-4ff7-86b8-d95c525f1e6b',
  '11111111-1519-4ff7-86b8-d95c525f1e6b',
  '22222222-1519-4ff7-86b8-d95c525f1e6b',
] as const;
const NAME = 'inst1';

describe('disks of a running chroot', () => {
  let node: TestNode;
  const inside: ChildProcess[] = [];
  before(function () {
    if (process.getuid?.() === 0) return;
    process.stderr.write('NOT TESTED: disks of running chroots, for want of root\n');
    this.skip();
  });
  beforeEach(async () => {
    node = await TestNode.start();
  });
  afterEach(async () => {
    for (const child of inside.splice(0)) child.kill('SIGKILL');
    await node.stopInstances();
    await node.close();
    expect(node.state()).to.deep.equal({ mounts: [], loops: [], cgroups: [], processes: [] });
  });

  /** A disk with a UUID and, but for the first, a file of a few MiB. */
  async function disk(index: number, changes: Partial<Disk> = {}): Promise<Disk> {
    if (index > 0) {
      const file = node.diskPath(NAME, index);
      await writeFile(file, `disk ${index} `, { flag: 'a' });
      await truncate(file, 4 * 1024 * 1024);
    }
    return { ...node.disk(NAME, index), uuid: UUIDS[index] ?? '', ...changes };
  }

  /** An instance with `count` disks that runs. */
  async function started(count: number, script?: string): Promise<Instance> {
    await node.makeDisk(NAME, { script });
    const disks = await Promise.all(Array.from({ length: count }, (_, index) => disk(index)));
    const instance = node.instance(NAME, { disks_info: disks });
    await node.start(instance);
    return instance;
  }

  function hotplug(
    instance: Instance,
    action: 'hotadd' | 'hotremove' | 'hotmod',
    device: object,
    { target = 'disk', index = 1 } = {},
  ): Promise<unknown> {
    const extra = action === 'hotadd' && target === 'disk' ? ['/some/link', null] : null;
    return node.call('hotplug_device', [instance, action, target, device, extra, index]);
  }

  function nodePath(index: number): string {
    return join(node.root(NAME), 'dev/ganeti', UUIDS[index] ?? '');
  }

  function names(): Promise<string[]> {
    return readdir(join(node.root(NAME), 'dev/ganeti'));
  }

  /** What a process inside reads from the beginning of the disk. */
  async function contents(index: number): Promise<string> {
    const file = await open(nodePath(index), 'r');
    try {
      const { buffer } = await file.read(Buffer.alloc(7), 0, 7, 0);
      return buffer.toString();
    } finally {
      await file.close();
    }
  }

  /** Starts a shell in the chroot and waits for its first output. */
  async function runInside(command: string): Promise<ChildProcess> {
    const child = spawn('chroot', [node.root(NAME), '/bin/sh', '-c', command], {
      // That of the caller need not have the image's /bin: systemd leaves it out.
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    inside.push(child);
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    return child;
  }

  it('adds a disk, which is a block device inside until it is removed', async () => {
    const instance = await started(1);
    const added = await disk(1);
    await node.call('hotplug_supported', [instance]);
    expect(await hotplug(instance, 'hotadd', added)).to.be.null;
    const found = await stat(nodePath(1));
    expect(found.isBlockDevice()).to.be.true;
    expect(found.mode & 0o7777).to.equal(0o660);
    expect(await contents(1)).to.equal('disk 1 ');
    expect(await hotplug(instance, 'hotadd', added), 'twice').to.be.null;
    expect(await hotplug(instance, 'hotremove', added)).to.be.null;
    expect(await names()).to.deep.equal([]);
    expect(node.state().loops).to.have.lengthOf(1);
    expect(await hotplug(instance, 'hotremove', added), 'twice').to.be.null;
  });

  it('has all further disks in place before the script starts, and lets go of them at shutdown', async () => {
    const script = `#!/bin/sh
case $1 in start) ls /dev/ganeti >/tmp/seen; sleep 1000 </dev/null >/dev/null 2>&1 & ;; esac`;
    const instance = await started(3, script);
    const seen = await readFile(join(node.root(NAME), 'tmp/seen'), 'utf8');
    expect(seen.trim().split('\n')).to.deep.equal([UUIDS[1], UUIDS[2]]);
    expect(await contents(2)).to.equal('disk 2 ');
    expect(await hotplug(instance, 'hotremove', await disk(1))).to.be.null;
    expect(await names()).to.deep.equal([UUIDS[2]]);
    await node.shutdown(instance);
    expect(node.state().loops).to.deep.equal([]);
    expect(node.state().mounts).to.deep.equal([]);
  });

  it('keeps the disks through a soft reboot, those added later too', async () => {
    const instance = await started(2);
    await hotplug(instance, 'hotadd', await disk(2));
    await node.call('instance_reboot', [instance, 'soft', 5, []]);
    expect((await names()).sort()).to.deep.equal([UUIDS[1], UUIDS[2]]);
    expect(await contents(1)).to.equal('disk 1 ');
    expect(await contents(2)).to.equal('disk 2 ');
  });

  it('starts nothing, and leaves nothing, when a disk cannot be plugged', async () => {
    await node.makeDisk(NAME);
    const disks = [await disk(0), await disk(1), await disk(2)];
    const taken = await attachLoop(node.diskPath(NAME, 2));
    try {
      const work = node.start(node.instance(NAME, { disks_info: disks }));
      expect((await failureOf(work)).message).to.include(`is in use by ${taken}`);
      expect(node.state().mounts).to.deep.equal([]);
      expect(node.state().loops).to.have.lengthOf(1);
    } finally {
      await detachLoop(taken);
    }
  });

  it('does not let a disk be written to that may only be read', async () => {
    const instance = await started(1);
    await hotplug(instance, 'hotadd', await disk(1, { mode: 'ro' }));
    // Another process: whoever has a node open is part of the instance.
    expect(() => execFileSync('dd', ['if=/dev/zero', `of=${nodePath(1)}`, 'count=1'])).to.throw();
    expect(await contents(1)).to.equal('disk 1 ');
  });

  it('does not remove a disk that a process has open, and changes nothing then', async () => {
    const instance = await started(2);
    const child = await runInside(`echo open; exec sleep 1000 </dev/ganeti/${UUIDS[1]}`);
    const error = await failureOf(hotplug(instance, 'hotremove', await disk(1)));
    expect(error.message).to.include('it is in use (something has it open)');
    expect(await contents(1)).to.equal('disk 1 ');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await contents(1), 'after the last user').to.equal('disk 1 ');
    await hotplug(instance, 'hotremove', await disk(1));
    expect(node.state().loops).to.have.lengthOf(1);
  });

  it('does not remove a disk that is mounted, and says where', async () => {
    const instance = await started(1);
    const added = await disk(1);
    execFileSync('mkfs.ext4', ['-q', '-F', node.diskPath(NAME, 1)]);
    await hotplug(instance, 'hotadd', added);
    await runInside(`mount -t ext4 /dev/ganeti/${UUIDS[1]} /mnt && echo mounted`);
    const error = await failureOf(hotplug(instance, 'hotremove', added));
    expect(error.message).to.include(`mounted at ${join(node.root(NAME), 'mnt')}`);
    await node.shutdown(instance);
    expect(node.state().loops).to.deep.equal([]);
  });

  it('refuses to remove the root, and to plug a disk twice under two names', async () => {
    const instance = await started(2);
    const root = await failureOf(hotplug(instance, 'hotremove', await disk(0), { index: 0 }));
    expect(root.message).to.include('is the root of the chroot');
    const twice = { ...(await disk(1)), uuid: UUIDS[2] };
    expect((await failureOf(hotplug(instance, 'hotadd', twice))).message).to.include('is in use');
    expect(await names()).to.deep.equal([UUIDS[1]]);
  });

  it('accepts network interfaces, and changes of them, without doing anything', async () => {
    const instance = await started(1);
    const nic = { mac: 'aa:00:00:42:da:28', uuid: UUIDS[1] };
    for (const action of ['hotadd', 'hotmod', 'hotremove'] as const)
      expect(await hotplug(instance, action, nic, { target: 'nic' })).to.be.null;
    const error = await failureOf(hotplug(instance, 'hotmod', await disk(1)));
    expect(error.message).to.match(/^Hotplug is not supported: A disk of a chroot can be added/);
  });

  it("says in Ganeti's words that an instance does not run", async () => {
    await node.makeDisk(NAME);
    const instance = node.instance(NAME);
    for (const work of [
      node.call('hotplug_supported', [instance]),
      hotplug(instance, 'hotadd', await disk(1)),
    ])
      expect((await failureOf(work)).message).to.equal(
        'Hotplug is not supported: Instance is probably down',
      );
  });

  it('follows no symbolic link in place of /dev/ganeti or /dev', async () => {
    const instance = await started(1);
    const etc = await readdir('/etc');
    for (const link of ['dev/ganeti', 'dev']) {
      await rm(join(node.root(NAME), link), { recursive: true, force: true });
      await symlink('/etc', join(node.root(NAME), link));
      const error = await failureOf(hotplug(instance, 'hotadd', await disk(1)));
      expect(error.message).to.include('is not a directory but a file or a symbolic link');
      expect((await lstat(join(node.root(NAME), link))).isSymbolicLink()).to.be.true;
      expect(await readdir('/etc')).to.deep.equal(etc);
      expect(node.state().loops).to.have.lengthOf(1);
    }
    expect((await node.running())[0]).to.equal(NAME);
  });

  it('mounts nothing on a directory that was mounted over /dev/ganeti or /dev', async () => {
    const instance = await started(1);
    const victim = join(node.stateDir, 'victim');
    await mkdir(join(victim, 'ganeti'), { recursive: true });
    for (const place of ['dev/ganeti', 'dev']) {
      await mkdir(join(node.root(NAME), place), { recursive: true });
      execFileSync('mount', ['--bind', victim, join(node.root(NAME), place)]);
      const error = await failureOf(hotplug(instance, 'hotadd', await disk(1)));
      expect(error.message).to.include('is covered by another mount');
      expect(await readdir(victim)).to.deep.equal(['ganeti']);
      expect(await readdir(join(victim, 'ganeti'))).to.deep.equal([]);
      execFileSync('umount', [join(node.root(NAME), place)]);
    }
  });

  it('replaces a link that stands in place of a node', async () => {
    const instance = await started(2);
    const target = join(node.stateDir, 'target');
    await writeFile(target, 'precious');
    await symlink(target, nodePath(2));
    await hotplug(instance, 'hotadd', await disk(2));
    expect(await contents(2)).to.equal('disk 2 ');
    expect(await readFile(target, 'utf8')).to.equal('precious');
  });

  it('finds plugged disks again after it was killed', async () => {
    const instance = await started(1);
    await hotplug(instance, 'hotadd', await disk(1));
    await hotplug(instance, 'hotadd', await disk(2));
    await node.stopDaemon('SIGKILL');
    await node.startDaemon();
    expect(await contents(1)).to.equal('disk 1 ');
    expect(await hotplug(instance, 'hotremove', await disk(1))).to.be.null;
    expect(await names()).to.deep.equal([UUIDS[2]]);
    await node.shutdown(instance);
    expect(node.state().loops).to.deep.equal([]);
  });

  it('starts an instance whose processes and daemon were killed with disks plugged', async () => {
    const instance = await started(2);
    await hotplug(instance, 'hotadd', await disk(2));
    await node.stopDaemon('SIGKILL');
    for (const pid of processesIn(node.root(NAME))) process.kill(pid, 'SIGKILL');
    await eventually(() => processesIn(node.root(NAME)).length === 0);
    await node.startDaemon();
    await node.start(instance);
    expect(await names()).to.deep.equal([UUIDS[1]]);
    expect(node.state().loops).to.have.lengthOf(2);
  });
});
