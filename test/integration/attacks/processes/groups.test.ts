import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../../tools/kit/eventually.js';
import { isAlive } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { processesIn } from '../../../support/machine/observe.js';
import { Outsider } from '../../../support/machine/outsider.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const HOLD = new URL('../../../support/programs/hold.js', import.meta.url).pathname;
/** So many descriptors that to look at all of them takes longer than the daemon here gives itself. */
const FILES = 19_000;
const HOARDERS = 100;

describeAsRoot('control groups of instances', () => {
  const node = useNode({ timeouts: { processScan: 5 } });

  async function groupOf(instance: string): Promise<string> {
    const { cgroup } = (await node().call('instance_usage', [instance])) as { cgroup: string };
    return cgroup;
  }

  it('with others in them, moved there by root inside: these are moved out, named, and live', async () => {
    const outsider = Outsider.sleepingIn('/');
    const instance = await node().makeDisk('inst1');
    const other = await node().copyDisk('inst1', 'inst2');
    await node().start(instance);
    await node().start(other);
    const younger = await Outsider.ready('bash', ['-c', 'sleep 1000 & echo $!; wait']);
    const [child = 0] = await childrenOf(younger.pid);
    const [neighbour = 0] = processesIn(node().root('inst2'));
    const [group, home] = [await groupOf('inst1'), await groupOf('inst2')];
    const strays = [node().pid, process.pid, outsider.pid, child, neighbour];
    for (const pid of strays) await writeFile(join(group, 'cgroup.procs'), String(pid));
    expect(await node().shutdown(instance, 0)).to.equal(null);
    expect(strays.filter((pid) => !isAlive(pid))).to.deep.equal([]);
    expect(await node().running()).to.deep.equal(['inst2']);
    expect(await readFile(join(home, 'cgroup.procs'), 'utf8')).to.equal(`${neighbour}\n`);
    const [line] = node().log.filter(({ message }) => message.startsWith('processes that are not'));
    expect(line?.['processes']).to.have.length(strays.length);
    await node().shutdown(other);
  });

  it('are emptied and removed when they have groups in them with paths too long for the kernel', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    const [pid = 0] = processesIn(node().root('inst1'));
    const nest = `for level in $(seq 40); do mkdir $0; cd $0; done; echo ${pid} >cgroup.procs`;
    await run('bash', ['-c', nest, 'deep'.repeat(50)], { cwd: await groupOf('inst1') });
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance, 0);
    expect(isAlive(pid)).to.equal(false);
    await node().start(instance);
    await node().shutdown(instance);
  });

  it('cost only the instance itself when its processes have hundreds of thousands of files open', async function () {
    this.timeout(120_000);
    const instance = await node().makeDisk('inst1');
    const other = await node().copyDisk('inst1', 'inst2');
    await node().start(instance);
    const group = await groupOf('inst1');
    const hoard = `echo 0 >${group}/cgroup.procs; ulimit -n 20000
      exec perl -MPOSIX -e 'defined dup(0) or die for 1..${FILES}; $| = 1; print "x"; sleep'`;
    const hoarders = Array.from({ length: HOARDERS }, () => Outsider.ready('bash', ['-c', hoard]));
    await Promise.all(hoarders);
    await node().start(other);
    expect(await node().running()).to.deep.equal(['inst1', 'inst2']);
    const file = join(node().root('inst2'), 'bin/busybox');
    const holder = await Outsider.ready(process.execPath, [HOLD, 'fd', file]);
    const { message } = await failureOf(node().shutdown(other, 0));
    expect(message).to.include(`used by ${holder.pid} (`);
    expect(message).to.include('instance-inst1 has too much open to look through all');
    await holder.kill();
    await node().shutdown(other, 0);
    await node().shutdown(instance, 0);
  });

  async function childrenOf(pid: number): Promise<number[]> {
    const path = `/proc/${pid}/task/${pid}/children`;
    await eventually(async () => (await readFile(path, 'utf8')) !== '');
    return (await readFile(path, 'utf8')).trim().split(' ').map(Number);
  }
});
