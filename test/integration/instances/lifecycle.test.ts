import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import type { Disk } from '../../../src/generated/objects.js';
import { mountOn, processesIn, processOf } from '../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const run = promisify(execFile);

/** Says in /log what it is asked for, and knows whether it was stopped cleanly. */
const TALKING_SCRIPT = `#!/bin/sh
echo "$1" >>/log
case $1 in
  start) sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid ;;
  stop) kill "$(cat /tmp/pid)" ;;
esac
`;

describeAsRoot('life of an instance', () => {
  const node = useNode();

  it('starts an instance, tells of it, and stops it', async () => {
    const instance = await node().makeDisk('inst1');
    expect(await node().call('instance_info', ['inst1', 'chroot', {}])).to.deep.equal({});
    expect(await node().start(instance)).to.equal(null);
    const zeros = { memory: 0, vcpus: 0, state: 0, time: 0 };
    expect(await node().call('instance_list', [['chroot'], { chroot: {} }])).to.include('inst1');
    expect(await node().call('instance_info', ['inst1', 'chroot', {}])).to.deep.equal(zeros);
    expect(await node().call('all_instances_info', [['chroot'], { chroot: {} }])).to.deep.equal({
      inst1: zeros,
    });
    const usage = (await node().call('instance_usage', ['inst1'])) as Record<string, unknown>;
    expect(usage['processes']).to.equal(1);
    expect(usage['memory']).to.be.a('number');
    expect(await node().shutdown(instance)).to.equal(null);
    expect(await node().running()).to.deep.equal([]);
    expect(await node().call('instance_info', ['inst1', 'chroot', {}])).to.deep.equal({});
  });

  it('answers on the wire of Ganeti as well', async () => {
    const instance = await node().makeDisk('inst1');
    expect(await node().ganeti('instance_start', [instance, false, []])).to.deep.equal([
      true,
      null,
    ]);
    expect(await node().ganeti('instance_list', [['chroot'], { chroot: {} }])).to.deep.equal([
      true,
      ['inst1'],
    ]);
    const stopped = await node().ganeti('instance_shutdown', [instance, 10, []]);
    expect(stopped).to.deep.equal([true, null]);
  });

  it('gives a command for the console that works', async () => {
    const instance = await node().makeDisk('inst1');
    const request = {
      inst1: {
        instance,
        node: { name: 'node1.example.com', ndparams: {} },
        group: { name: 'default', ndparams: { ssh_port: 22 } },
        hvParams: instance.hvparams,
        beParams: instance.beparams,
      },
    };
    const stopped = await node()
      .call('instance_console_info', [request])
      .catch((error: unknown) => error);
    expect(stopped).to.be.an('error').with.property('message', 'Instance inst1 is not running');
    await node().start(instance);
    const consoles = (await node().call('instance_console_info', [request])) as {
      inst1: { command: [string, ...string[]] };
    };
    const [program, ...args] = consoles.inst1.command;
    const shell = run(program, args);
    shell.child.stdin?.end('ls /\n');
    expect((await shell).stdout).to.include('ganeti-chroot\n');
    await node().shutdown(instance);
  });

  it('is content to start what runs and to stop what does not', async () => {
    const instance = await node().makeDisk('inst1', { script: TALKING_SCRIPT });
    await node().start(instance);
    await node().start(instance);
    expect(await readFile(join(node().root('inst1'), 'log'), 'utf8')).to.equal('start\n');
    await node().shutdown(instance);
    await node().shutdown(instance);
    await node().shutdown(node().instance('never-was'));
  });

  it('keeps why an instance last changed its state', async () => {
    const instance = await node().makeDisk('inst1');
    const file = join(node().stateDir, 'run/instance-reason/inst1');
    const trail = async () =>
      JSON.parse(await readFile(file, 'utf8')) as [string, string, number][];
    const reason = ['gnt:client:gnt-instance', 'because', 1];
    await node().call('instance_start', [instance, false, [reason]]);
    const [first, ours] = await trail();
    expect(first).to.deep.equal(reason);
    expect(ours?.slice(0, 2)).to.deep.equal(['gnt:daemon:noded:start', '']);
    await node().call('instance_reboot', [instance, 'soft', 10, []]);
    expect((await trail())[0]?.[0]).to.equal('gnt:daemon:noded:reboot');
    await node().shutdown(instance);
    expect((await trail())[0]?.[0]).to.equal('gnt:daemon:noded:shutdown');
  });

  it('reboots softly without letting go of the disk', async () => {
    const instance = await node().makeDisk('inst1', { script: TALKING_SCRIPT });
    await node().start(instance);
    const before = [mountOn(node().root('inst1')).id, await processOf(node(), 'inst1')];
    expect(await node().call('instance_reboot', [instance, 'soft', 10, []])).to.equal(null);
    const [mountId, pid] = [mountOn(node().root('inst1')).id, await processOf(node(), 'inst1')];
    expect(mountId).to.equal(before[0]);
    expect(pid).not.to.equal(before[1]);
    const log = await readFile(join(node().root('inst1'), 'log'), 'utf8');
    expect(log).to.equal('start\nstop\nstart\n');
    expect(processesIn(node().root('inst1'))).to.deep.equal([pid]);
    await node().shutdown(instance);
  });

  it('reboots hard with the disk mounted anew', async () => {
    const instance = await node().makeDisk('inst1', { script: TALKING_SCRIPT });
    await node().start(instance);
    const pid = await processOf(node(), 'inst1');
    // With a mount of its own it would be hard to tell apart: mount ids are given out again.
    await run('mount', ['-t', 'tmpfs', 'none', join(node().root('inst1'), 'mnt')]);
    expect(await node().call('instance_reboot', [instance, 'hard', 10, []])).to.equal(null);
    expect(await processOf(node(), 'inst1')).not.to.equal(pid);
    expect(node().state().mounts).to.have.lengthOf(1);
    await node().shutdown(instance);
  });

  it('does not reboot what does not run', async () => {
    const instance = await node().makeDisk('inst1');
    for (const type of ['soft', 'hard']) {
      const reply = await node().ganeti('instance_reboot', [instance, type, 10, []]);
      expect(reply).to.deep.equal([false, "Cannot reboot instance 'inst1' that is not running"]);
    }
  });

  it('mounts a read-only disk read-only', async () => {
    const script = '#!/bin/sh\n[ "$1" = stop ] || sleep 100000 </dev/null >/dev/null 2>&1 &\n';
    const instance = await node().makeDisk('inst1', { script });
    const disks_info = instance.disks_info.map((disk): Disk => ({ ...disk, mode: 'ro' }));
    await node().start({ ...instance, disks_info });
    const failure = await writeFile(join(node().root('inst1'), 'new'), '').catch(
      (error: unknown) => error,
    );
    expect(failure).to.have.property('code', 'EROFS');
    await node().shutdown(instance);
  });

  it('stops an instance from which all processes have gone', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    process.kill(await processOf(node(), 'inst1'), 'SIGKILL');
    await node().shutdown(instance);
  });

  it('says yes to a script that leaves nothing running, and starts it again when asked', async () => {
    const instance = await node().makeDisk('inst1', {
      script: '#!/bin/sh\necho "$1" >>/log\n',
    });
    for (const expected of ['start\n', 'start\nstart\n']) {
      await node().start(instance);
      expect(await node().running()).to.deep.equal([]);
      expect(await readFile(join(node().root('inst1'), 'log'), 'utf8')).to.equal(expected);
    }
    await node().shutdown(instance);
  });

  it('uses the script that it is told of, for start and for stop', async () => {
    const instance = await node().makeDisk('inst1', {
      script: '#!/bin/sh\nexit 1\n',
      prepare: async (tree) => {
        await writeFile(join(tree, 'bin/other'), TALKING_SCRIPT, { mode: 0o755 });
      },
    });
    const changed = { ...instance, hvparams: { init_script: '/bin/other' } };
    await node().start(changed);
    await node().shutdown(changed);
    const log = await readFile(join(node().stateDir, 'log/chroot/inst1.log'), 'utf8');
    expect(log).to.match(/\/bin\/other start\n[^]*\/bin\/other stop\n/);
  });
});
