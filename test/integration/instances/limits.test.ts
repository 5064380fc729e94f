import { existsSync } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import { failureOf } from '../../support/failure.js';
import { sizeOf } from '../../support/machine/loops.js';
import { mountOn, processesIn } from '../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';
import type { TestNode } from '../../support/node/test-node.js';

const MIB = 1024 * 1024;

/** Burns processor time, and keeps 20 MiB of memory. */
const BUSY_SCRIPT = `#!/bin/sh
[ "$1" = start ] || exit 0
{ mount -t tmpfs none /mnt && yes | head -c 20971520 >/mnt/ballast && : >/full; while :; do :; done; } </dev/null >/dev/null 2>&1 &
`;

/**
 * Takes 100 MiB, and goes on only if it got them. Of its programs the kernel kills whichever it likes: the others must not
 * stay because of that.
 */
const GREEDY_SCRIPT = `#!/bin/sh
[ "$1" = start ] || exit 0
{
  mount -t tmpfs none /mnt && yes | head -c 104857600 >/mnt/ballast
  [ "$(wc -c </mnt/ballast)" = 104857600 ] && while :; do :; done
} </dev/null >/dev/null 2>&1 &
`;

/** Would have more processes than this machine could bear. */
const BOMB_SCRIPT = `#!/bin/sh
[ "$1" = start ] || exit 0
{ trap ': >/done' EXIT; for number in $(seq 200); do sleep 1000 & done; } </dev/null >/dev/null 2>&1 &
`;

/** What stands in the file of an instance's control group, wherever this machine has its controller. */
async function groupFile(node: TestNode, unified: string, legacy: string): Promise<string> {
  const parent = node.stateDir.split('/').at(-1) ?? '';
  const group = join(parent, 'instance-inst1');
  const [controller = ''] = legacy.split('/');
  const candidates = [
    join('/sys/fs/cgroup', group, unified),
    join('/sys/fs/cgroup', controller, group, legacy.slice(controller.length + 1)),
  ];
  for (const path of candidates) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text.trim();
  }
  throw new Error(`none of these is there: ${candidates.join(', ')}`);
}

const memoryLimit = (node: TestNode) =>
  groupFile(node, 'memory.max', 'memory/memory.limit_in_bytes');
/** Of swap alone with version 2, of memory and swap with version 1. */
const swapLimit = (node: TestNode) =>
  groupFile(node, 'memory.swap.max', 'memory/memory.memsw.limit_in_bytes');
const cpuLimit = async (node: TestNode) =>
  (await groupFile(node, 'cpu.max', 'cpu/cpu.cfs_quota_us')).split(' ')[0];

describeAsRoot('a daemon that enforces limits and reports usage', () => {
  const node = useNode({ chroot: { enforceLimits: true, reportUsage: true, maxProcesses: 20 } });

  it('gives an instance no more memory and processors than it is meant to have', async () => {
    const instance = await node().makeDisk('inst1');
    const beparams = { maxmem: 48, minmem: 16, vcpus: 2 };
    await node().start({ ...instance, beparams });
    expect(await memoryLimit(node())).to.equal(String(48 * MIB));
    expect(await cpuLimit(node())).to.equal('200000');
    expect(await groupFile(node(), 'pids.max', 'pids/pids.max')).to.equal('20');
    expect(await swapLimit(node())).to.be.oneOf(['0', String(48 * MIB)]);
    expect(await node().call('instance_balloon_memory', [instance, 32])).to.equal(null);
    expect(await memoryLimit(node())).to.equal(String(32 * MIB));
    await node().shutdown(instance);
    expect(await node().call('instance_balloon_memory', [instance, 32])).to.equal(null);
  });

  it('kills what needs more memory than it may have, and nothing else', async function () {
    // With swap the kernel makes room there instead.
    if (!/^SwapTotal:\s+0 kB$/m.test(await readFile('/proc/meminfo', 'utf8'))) this.skip();
    const greedy = await node().makeDisk('inst1', { script: GREEDY_SCRIPT });
    const modest = await node().makeDisk('inst2');
    await node().start(modest);
    await node().start({ ...greedy, beparams: { maxmem: 32, minmem: 32, vcpus: 1 } });
    await eventually(async () => !(await node().running()).includes('inst1'));
    const { message } = await failureOf(node().call('instance_usage', ['inst1']));
    expect(message).to.match(/not running; the kernel has killed \d+ of its processes for memory$/);
    await node().shutdown(greedy, 1);
    const killed = 'the kernel has killed processes of an instance for memory';
    expect(node().log.filter(({ message }) => message === killed)).to.have.length(1);
    expect(await node().running()).to.deep.equal(['inst2']);
    await node().shutdown(modest);
  });

  it('lets an instance have no more processes than it may', async () => {
    const bomb = await node().makeDisk('inst1', { script: BOMB_SCRIPT });
    await node().start(bomb);
    await eventually(() => existsSync(join(node().root('inst1'), 'done')));
    expect(processesIn(node().root('inst1')).length).to.be.below(21);
    await node().shutdown(bomb, 0);
  });

  it('undoes a start whose limits cannot be set', async () => {
    const instance = await node().makeDisk('inst1');
    const beparams = { maxmem: 64, minmem: 64, vcpus: 1_000_000_000_000 };
    const error = await failureOf(node().start({ ...instance, beparams }));
    expect(error.message).to.contain("Can't limit instance inst1");
  });

  it('tells what an instance uses', async () => {
    const instance = await node().makeDisk('inst1', { script: BUSY_SCRIPT });
    await node().start(instance);
    const info = async () =>
      (await node().call('instance_info', ['inst1', 'chroot', {}])) as Record<string, number>;
    await eventually(async () => {
      const { memory = 0, time = 0 } = await info();
      return existsSync(join(node().root('inst1'), 'full')) && memory >= 20 && time > 0;
    });
    const usage = (await node().call('instance_usage', ['inst1'])) as Record<string, number>;
    expect(usage['memory_kills']).to.equal(0);
    const refusal = await failureOf(node().call('instance_balloon_memory', [instance, 16]));
    // The kernel counts what it could give back in steps of some pages per processor.
    expect(refusal.message).to.match(/a limit of 16 MiB is below the (19|2\d) MiB in use/);
    // The ballast; the kernel may have taken back a page of the rest meanwhile.
    expect(usage['memory']).to.be.above(19 * MIB);
    expect(usage['cpu_time']).to.be.above(0);
    expect(usage['cgroup']).to.contain('instance-inst1');
    const all = await node().call('all_instances_info', [['chroot'], { chroot: {} }]);
    expect((all as Record<string, Record<string, number>>)['inst1']?.['memory']).to.be.least(20);
    await node().shutdown(instance, 1);
  });

  it('lets the device of a running instance grow with its disk', async () => {
    const instance = await node().makeDisk('inst1', { sizeMiB: 8 });
    const [disk] = instance.disks_info;
    await node().start(instance);
    const device = mountOn(node().root('inst1')).source;
    expect(sizeOf(device)).to.equal(8 * MIB);
    await truncate(node().diskPath('inst1'), 16 * MIB);
    expect(await node().call('resize_disk', [instance, disk, 16 * MIB])).to.equal(null);
    expect(sizeOf(device)).to.equal(16 * MIB);
    await node().shutdown(instance);
    expect(await node().call('resize_disk', [instance, disk, 16 * MIB])).to.equal(null);
  });
});

describeAsRoot('a daemon that enforces nothing', () => {
  const node = useNode();

  it('sets no limits, as Ganeti does not', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    expect(await cpuLimit(node())).to.be.oneOf(['-1', 'max']);
    expect(await node().call('instance_balloon_memory', [instance, 32])).to.equal(null);
    expect(await memoryLimit(node())).not.to.equal(String(32 * MIB));
    await node().shutdown(instance);
  });
});
