import {
  type FileHandle,
  link,
  open,
  readdir,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Disk, Instance } from '../../../../src/generated/objects.js';
import { LoopDevices } from '../../../../src/system/device/loop-devices.js';
import { loopStatus } from '../../../../src/system/device/loop-status.js';
import { failureOf } from '../../../support/failure.js';
import { attachLoop, detachLoop, loopOver, tamperWith } from '../../../support/machine/loops.js';
import { countMounts } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const UUIDS = {
  inst1: '00000000-4500-4ff7-86b8-d95c525f1e6b',
  inst2: '11111111-4500-4ff7-86b8-d95c525f1e6b',
};
type Name = keyof typeof UUIDS;
const MIB = 1024 * 1024;

describeAsRoot('the disks of an instance', () => {
  const held: FileHandle[] = [];
  const foreign: string[] = [];
  // Before those of the node, which looks for what is left.
  afterEach(async () => {
    for (const file of held.splice(0)) await file.close();
    for (const name of ['inst1', 'inst2'])
      await node()
        .shutdown(node().instance(name), 0)
        .catch(() => undefined);
    for (const device of foreign.splice(0)) await detachLoop(device);
  });
  const node = useNode();
  beforeEach(async () => {
    for (const name of ['inst1', 'inst2'] as const) {
      await node().makeDisk(name);
      await writeFile(node().diskPath(name, 1), `of ${name}`);
      await truncate(node().diskPath(name, 1), MIB);
    }
  });

  function further(name: Name): Disk {
    return { ...node().disk(name, 1), uuid: UUIDS[name] };
  }

  /** An instance with two disks. */
  function both(name: Name): Instance {
    return node().instance(name, { disks_info: [node().disk(name), further(name)] });
  }

  function hotplug(action: 'hotadd' | 'hotremove', name: Name): Promise<unknown> {
    const extra = action === 'hotadd' ? ['/some/link', null] : null;
    const params = [node().instance(name), action, 'disk', further(name), extra, 1];
    return node().call('hotplug_device', params);
  }

  /** What is read inside from the beginning of the instance's second disk. */
  async function contents(name: Name): Promise<string> {
    const file = await open(join(node().root(name), 'dev/ganeti', UUIDS[name]), 'r');
    try {
      const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
      return buffer.toString();
    } finally {
      await file.close();
    }
  }

  async function hold(device: string): Promise<FileHandle> {
    const file = await open(device);
    held.push(file);
    return file;
  }

  async function records(): Promise<string[]> {
    return readdir(join(node().stateDir, 'run/chroot-disks'));
  }

  it('are not mixed up when root inside gives its loop device the name of that of another instance', async () => {
    await node().start(node().instance('inst2'));
    await hotplug('hotadd', 'inst2');
    const { label = '' } = loopStatus(loopOver(node().diskPath('inst2', 1))) ?? {};
    await hotplug('hotremove', 'inst2');
    await node().start(both('inst1'));
    const own = loopOver(node().diskPath('inst1', 1));
    tamperWith(own, { label });
    await hotplug('hotadd', 'inst2');
    expect(await contents('inst2')).to.equal('of inst2');
    await hotplug('hotremove', 'inst2');
    await node().shutdown(both('inst2'));
    expect(await contents('inst1')).to.equal('of inst1');
    await node().start(both('inst2'));
    expect(await contents('inst2')).to.equal('of inst2');
    await node().shutdown(both('inst2'));
    await node().shutdown(both('inst1'));
    expect(node().leftovers()).to.deep.equal([]);
    expect(await records()).to.deep.equal([]);
  });

  it('are let go of when root inside has given their loop devices other names', async () => {
    await node().start(both('inst1'));
    for (const index of [0, 1])
      tamperWith(loopOver(node().diskPath('inst1', index)), { label: 'x' });
    expect(await hotplug('hotadd', 'inst1'), 'still there').to.equal(null);
    await node().stopDaemon('SIGKILL');
    await node().startDaemon();
    await node().shutdown(both('inst1'));
    expect(node().leftovers()).to.deep.equal([]);
  });

  it('are known and let go of when a daemon that kept no records has started the instance', async () => {
    await node().start(both('inst1'));
    await node().stopDaemon('SIGKILL');
    await rm(join(node().stateDir, 'run/chroot-disks'), { recursive: true });
    await node().startDaemon();
    await node().call('instance_reboot', [both('inst1'), 'soft', 10, []]);
    expect(await contents('inst1')).to.equal('of inst1');
    await hotplug('hotremove', 'inst1');
    await hotplug('hotadd', 'inst1');
    expect(await contents('inst1')).to.equal('of inst1');
    await node().shutdown(both('inst1'));
    expect(node().leftovers()).to.deep.equal([]);
    expect(await records()).to.deep.equal([]);
  });

  it('are let go of when root inside has seen to it that the loop device of its root stays', async () => {
    const instance = node().instance('inst1');
    await node().start(instance);
    tamperWith(loopOver(node().diskPath('inst1')), { isKept: true });
    await node().shutdown(instance);
    expect(node().leftovers()).to.deep.equal([]);
  });

  for (const how of ['as it is', 'with the image removed', 'with a new daemon'])
    it(`are not free while the loop device of the root is held, ${how}, however often that is asked`, async () => {
      const instance = node().instance('inst1');
      await node().start(instance);
      const device = loopOver(node().diskPath('inst1'));
      const sequence = new LoopDevices().sequence(device);
      const user = await hold(device);
      tamperWith(device, { isKept: true });
      const first = failureOf(node().shutdown(instance, 0));
      if (how === 'with the image removed') await unlink(node().diskPath('inst1'));
      const words = `disk0 is in use by ${device} (something has it open)`;
      expect((await first).message).to.include(words);
      if (how === 'with a new daemon') {
        await node().stopDaemon('SIGKILL');
        await node().startDaemon();
      }
      for (let round = 0; round < 2; round++)
        expect((await failureOf(node().shutdown(instance, 0))).message).to.include(words);
      await user.close();
      await node().shutdown(instance, 0);
      expect(node().leftovers()).to.deep.equal([]);
      // By now it may be somebody else's.
      expect(new LoopDevices().isAttached({ path: device, sequence })).to.equal(false);
    });

  it('are not free while somebody has another loop device over one of them, under whichever name', async () => {
    const instance = node().instance('inst1');
    const other = join(node().stateDir, 'file-storage/other-name');
    await link(node().diskPath('inst1'), other);
    const device = await attachLoop(other);
    foreign.push(device);
    expect((await failureOf(node().start(instance))).message).to.include(`is in use by ${device}`);
    const error = await failureOf(node().shutdown(instance, 0));
    expect(error.message).to.include(`disk0 is in use by ${device}`);
    await detachLoop(device);
    foreign.length = 0;
    await node().shutdown(instance, 0);
    await rm(other);
  });

  describe('as a block device', () => {
    let device = '';
    beforeEach(async () => {
      device = await attachLoop(node().diskPath('inst1'));
      foreign.push(device);
    });

    function adopted(name: Name, path = device, before: Disk[] = []): Instance {
      const disk: Disk = {
        ...node().disk(name),
        dev_type: 'blockdev',
        logical_id: ['manual', path],
        uuid: UUIDS[name],
      };
      return node().instance(name, { disks_info: [...before, disk] });
    }

    it('are the root of one of two instances that are started at once', async () => {
      const other = `/dev/shm/${node().stateDir.split('/').at(-1) ?? ''}`;
      await symlink(device, other);
      try {
        for (let round = 0; round < 10; round++) {
          const instances = [adopted('inst1'), adopted('inst2', round % 2 === 0 ? device : other)];
          const ends = await Promise.allSettled(instances.map((each) => node().start(each)));
          const reasons = ends.flatMap((end) =>
            end.status === 'rejected' ? [String(end.reason)] : [],
          );
          expect(reasons).to.have.lengthOf(1);
          expect(reasons[0]).to.match(/is in use already|is mounted already, at/);
          expect(await node().running()).to.have.lengthOf(1);
          expect(countMounts(node().rootDir)).to.equal(1);
          const [name] = await node().running();
          for (const each of instances.filter((instance) => instance.name === name))
            await node().shutdown(each, 0);
        }
      } finally {
        await rm(other);
      }
    });

    it('are not the root of an instance while they are a further disk of another, nor the reverse', async () => {
      const plain = await node().makeDisk('inst2');
      const user = adopted('inst2', device, plain.disks_info);
      await node().start(user);
      expect((await failureOf(node().start(adopted('inst1')))).message).to.include(
        'is in use by /dev/loop',
      );
      await node().shutdown(user, 0);
      await node().start(adopted('inst1'));
      expect((await failureOf(node().start(user))).message).to.include('is mounted already, at');
      await node().shutdown(adopted('inst1'), 0);
    });
  });
});
