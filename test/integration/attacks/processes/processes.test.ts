import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../../tools/kit/eventually.js';
import { allPids, isAlive, linkOf, procText } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { processesIn } from '../../../support/machine/observe.js';
import { pidsHierarchy } from '../../../support/machine/pids-hierarchy.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

/** A script that starts with `start` and is stopped with `stop`. */
const script = (start: string, stop = 'exit 0') => `#!/bin/sh
set -e
case $1 in
  start) ${start} ;;
  stop) ${stop} ;;
esac
`;
/** Waits until a control group is gone, or was never made. */
const removed = (group: string) =>
  eventually(async () => {
    const code = await rmdir(group).then(
      () => 'ENOENT',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    return code === 'ENOENT';
  });
const QUIET = '</dev/null >/dev/null 2>&1';
const DAEMON = `sleep 100000 ${QUIET} &`;

describeAsRoot('processes of an instance', () => {
  const node = useNode({ chroot: { startTimeout: 5 } });

  /** Starts an instance with this script, and stops it; it must be gone before the answer says so. */
  async function live(text: string, timeoutSeconds: number, meanwhile?: () => Promise<unknown>) {
    const instance = await node().makeDisk('inst1', { script: text });
    await node().start(instance);
    expect(await node().running()).to.deep.equal(['inst1']);
    const members = processesIn(node().root('inst1'));
    await meanwhile?.();
    expect(await node().shutdown(instance, timeoutSeconds)).to.equal(null);
    expect(members.filter(isAlive)).to.deep.equal([]);
    expect(processesIn(node().root('inst1'))).to.deep.equal([]);
    expect(await node().running()).to.deep.equal([]);
  }

  it('may keep the output of their script open', async () => {
    await live(script('sleep 100000 &'), 10);
    await live(script('sleep 100000 &', 'sleep 100000 &'), 1);
  });

  it('are killed with all their children when the start script does not end in time', async () => {
    const everything = `sleep 100001 & setsid sleep 100002 & (setsid sh -c 'sleep 100003 & exec sleep 100004' &) &
      unshare -pf sh -c 'sleep 100005 & sleep 100006' & mount -t tmpfs none /mnt; cd /mnt; echo waiting; trap '' TERM; sleep 100007`;
    const instance = await node().makeDisk('inst1', { script: script(everything) });
    const error = await failureOf(node().start(instance));
    expect(error.message).to.match(/start script: timed out after 5 s; it said: waiting$/);
    expect(node().leftovers()).to.deep.equal([]);
  });

  it('are killed when the start script fails and has left some behind', async () => {
    const failing = `setsid sleep 100001 ${QUIET} & mount -t tmpfs none /mnt; setsid sh -c 'cd /mnt; sleep 100002' ${QUIET} & exit 1`;
    const instance = await node().makeDisk('inst1', { script: script(failing) });
    await failureOf(node().start(instance));
    expect(node().leftovers()).to.deep.equal([]);
  });

  it('are killed when the stop script does not end in time', async () => {
    await live(script(DAEMON, `setsid sleep 100001 & trap '' TERM; sleep 100002`), 1);
  });

  it('are killed when they ignore SIGTERM', async () => {
    await live(script(`sh -c 'trap "" TERM HUP INT; while :; do sleep 1; done' ${QUIET} &`), 1);
  });

  it('are killed when they are stopped', async () => {
    const stopped = () => {
      for (const pid of processesIn(node().root('inst1'))) process.kill(pid, 'SIGSTOP');
      return Promise.resolve();
    };
    await live(script(DAEMON), 1, stopped);
  });

  it('are killed in sessions, in PID and in mount namespaces of their own', async () => {
    await live(
      script(
        `setsid setsid sleep 100001 ${QUIET} & unshare -pf sleep 100002 ${QUIET} &
         unshare -m sh -c 'mount -t tmpfs none /mnt; cd /mnt; exec sleep 100003' ${QUIET} &
         unshare -m sh -c 'mount --bind / /mnt; cd /mnt; mkdir -p o; pivot_root . o; umount -l /o; exec sleep 100004' ${QUIET} &
         sleep 0.3`,
      ),
      0,
    );
  });

  it('are killed when a mount without a server hangs around', async () => {
    await live(
      script(`mknod /fuse c 10 229; exec 7<>/fuse
        mount -t fuse -o fd=7,rootmode=40000,user_id=12345,group_id=0 hang /mnt || exit 1
        sleep 100001 ${QUIET} & sh -c 'ls /mnt' ${QUIET} & sh -c 'cd /mnt; sleep 100002' ${QUIET} & sleep 0.2`),
      1,
    );
  });

  it('are killed outside of their chroot as well', async () => {
    // Its program and files are the host's, too: those of the image would give it away.
    const flee = `mount -t proc none /proc; chroot /proc/${process.pid}/root /bin/sleep 100001 <&- >&- 2>&- & sleep 0.2; umount /proc`;
    const instance = await node().makeDisk('inst1', { script: script(flee) });
    await node().start(instance);
    const [fugitive = 0, ...others] = allPids().filter(isMember);
    expect([linkOf(fugitive, 'root'), others]).to.deep.equal(['/', []]);
    expect(processesIn(node().root('inst1'))).to.deep.equal([]);
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance, 0);
    expect(isAlive(fugitive)).to.equal(false);
  });

  /** Whether the process is in the control group of an instance. */
  function isMember(pid: number): boolean {
    const group = `/${basename(node().stateDir)}/instance-`;
    return isAlive(pid) && procText(pid, 'cgroup').includes(group);
  }

  it('are counted and killed wherever they move in the control groups', async () => {
    const moves = ['.', 'noded-escape'].map(
      (to) =>
        `mkdir -p /mnt/${to}; sh -c 'echo $$ >/mnt/${to}/cgroup.procs; exec sleep 100001' ${QUIET} &`,
    );
    try {
      await live(
        script(`mount -t cgroup2 none /mnt; ${moves.join('\n')} sleep 0.3; umount /mnt`),
        1,
      );
    } finally {
      await rmdir('/sys/fs/cgroup/unified/noded-escape').catch(() =>
        rmdir('/sys/fs/cgroup/noded-escape'),
      );
    }
  });

  it('are killed in a control group that they have frozen, split and made a threaded one', async () => {
    const group = join('/mnt', basename(node().stateDir), 'instance-inst1');
    const mounted = `mount -t cgroup2 none /mnt; ${DAEMON}`;
    await live(
      script(
        `${mounted} mkdir -p ${group}/a/b/c
         sh -c 'echo $$ >${group}/a/b/c/cgroup.procs; exec sleep 100001' ${QUIET} &
         sleep 0.2; echo 1 >${group}/a/cgroup.freeze`,
      ),
      1,
    );
    const threaded = `${mounted} mkdir ${group}/t; echo threaded >${group}/t/cgroup.type
      sh -c 'echo $$ >${group}/t/cgroup.threads; exec sleep 100001' ${QUIET} & sleep 0.2`;
    await live(script(threaded), 1, async () => {
      const usage = (await node().call('instance_usage', ['inst1'])) as { processes: number };
      expect(usage.processes).to.equal(2);
    });
    const emptied = `mount -t cgroup2 none /mnt; echo $$ >/mnt/cgroup.procs; ${DAEMON} sleep 0.2
      echo threaded >${group}/cgroup.type`;
    await live(script(emptied), 1);
  });

  it('cannot outrun SIGKILL by forking', async function () {
    this.timeout(120_000);
    const { root, mount } = pidsHierarchy();
    const groups = [1, 2, 3].map((number) => `noded-bomb${number}`);
    // Each bomb limits itself, for the sake of this machine; that it may. In a group of its own: in that of the one
    // before, zombies may still count that nobody has reaped yet.
    const [arm1, arm2, arm3] = groups.map(
      (group) => `${mount} /mnt && mkdir -p /mnt/${group} &&
        echo 300 >/mnt/${group}/pids.max && echo $$ >/mnt/${group}/cgroup.procs; umount /mnt`,
    );
    // A shell would end where it can't fork; awk goes on.
    const bomb = `awk 'BEGIN { while (1) system("trap : TERM; sleep 0.01 & setsid sleep 0.05 &") }'`;
    try {
      // One fork for all bombs: once the first is at work, the script itself may fork no more.
      await live(script(`${arm1}; (trap '' TERM; ${bomb}) ${QUIET} &`), 2);
      await live(script(DAEMON, `${arm2}; trap '' TERM; (${bomb} & ${bomb} &) ${QUIET}`), 1);
      await live(script(`${arm3}; (${bomb} & ${bomb} &) ${QUIET} &`), 0);
    } finally {
      for (const group of groups) await removed(join(root, group));
    }
  });
});
