import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import { isAlive } from '../../../tools/kit/machine/processes.js';
import { MountNamespace } from '../../support/machine/mount-namespace.js';
import { processesIn } from '../../support/machine/observe.js';
import { describeWithVersion1, useNode } from '../../support/node/suite.js';

const QUIET = '</dev/null >/dev/null 2>&1';

/** Older systems have no version 2; here it is hidden from the daemon. */
describeWithVersion1('a daemon that finds control groups of version 1 only', () => {
  let namespace: MountNamespace | undefined;
  before(async () => {
    namespace = await MountNamespace.create();
    await namespace.run('umount -t cgroup2 -a');
  });
  const node = useNode({}, () => (namespace === undefined ? {} : { namespace }));
  after(() => namespace?.close());

  async function live(start: string, timeoutSeconds: number): Promise<void> {
    const script = `#!/bin/sh\nset -e\n[ "$1" = start ] || exit 0\n${start}\n`;
    const instance = await node().makeDisk('inst1', { script });
    await node().start(instance);
    expect(await node().running()).to.deep.equal(['inst1']);
    const usage = (await node().call('instance_usage', ['inst1'])) as Record<string, unknown>;
    expect(usage['cgroup']).to.match(/freezer.*\/instance-inst1$/);
    const members = processesIn(node().root('inst1'));
    await node().shutdown(instance, timeoutSeconds);
    expect(members.filter(isAlive)).to.deep.equal([]);
  }

  it('starts and stops instances', async () => {
    await live(`sleep 100000 ${QUIET} &`, 10);
    await live(`sh -c 'trap "" TERM; while :; do sleep 1; done' ${QUIET} &`, 1);
  });

  it('lets no process outrun SIGKILL by forking', async () => {
    const limit = `mount -t cgroup -o pids none /mnt; mkdir -p /mnt/noded-bomb1; echo 300 >/mnt/noded-bomb1/pids.max
      echo $$ >/mnt/noded-bomb1/cgroup.procs; umount /mnt`;
    const bomb = `sh -c 'trap "" TERM; while :; do sh -c "exec setsid sleep 0.02" & sleep 0.01 & done' ${QUIET} &`;
    try {
      await live(`${limit}; ${bomb} ${bomb}`, 1);
    } finally {
      const left = () => rmdir('/sys/fs/cgroup/pids/noded-bomb1').catch(() => 'busy');
      await eventually(async () => (await left()) === undefined);
    }
  });

  it('kills what is frozen in a group of its own making', async () => {
    const group = join('/mnt', basename(node().stateDir), 'instance-inst1');
    await live(
      `sleep 100000 ${QUIET} & mount -t cgroup -o freezer none /mnt; mkdir -p ${group}/a/b
       sh -c 'echo $$ >${group}/a/b/cgroup.procs; exec sleep 100001' ${QUIET} & sleep 0.2
       echo FROZEN >${group}/a/b/freezer.state`,
      0,
    );
  });
});
