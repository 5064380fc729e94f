import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import { isAlive } from '../../../tools/kit/machine/processes.js';
import { failureOf } from '../../support/failure.js';
import { processesIn, processOf } from '../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const run = promisify(execFile);

/** Takes a second to start, and another one to stop. */
const SLOW_SCRIPT = `#!/bin/sh
case $1 in
  start) sleep 1; sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid ;;
  stop) sleep 1; touch /stopped-cleanly; kill "$(cat /tmp/pid)" ;;
esac
`;

/** Its daemon goes on writing to where the script wrote. */
const CHATTY_SCRIPT = `#!/bin/sh
[ "$1" = start ] || exit 0
{ while echo tick; do sleep 0.1; done; } &
`;

describeAsRoot('instances and the life of the daemon', () => {
  const node = useNode();

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`leaves instances alone when it ends by ${signal}, and knows them again`, async () => {
      const instance = await node().makeDisk('inst1');
      await node().start(instance);
      const pid = await processOf(node(), 'inst1');
      await node().stopDaemon(signal);
      expect(isAlive(pid)).to.equal(true);
      await node().startDaemon();
      expect(await node().running()).to.deep.equal(['inst1']);
      await node().start(instance);
      expect(await processOf(node(), 'inst1')).to.equal(pid);
      await node().call('instance_reboot', [instance, 'soft', 10, []]);
      await node().shutdown(instance);
      expect(isAlive(pid)).to.equal(false);
    });

  it('lets a program of an instance write on where it wrote, also when the daemon is gone', async () => {
    const instance = await node().makeDisk('inst1', { script: CHATTY_SCRIPT });
    await node().start(instance);
    await node().stopDaemon('SIGKILL');
    const log = join(node().stateDir, 'log/chroot/inst1.log');
    const before = (await readFile(log)).length;
    await eventually(async () => (await readFile(log)).length > before + 10);
    await node().startDaemon();
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance);
  });

  it('finishes what runs on SIGTERM, and refuses what comes', async () => {
    const instance = await node().makeDisk('inst1', { script: SLOW_SCRIPT });
    const other = node().instance('inst2');
    // A connection of its own that is open already: new ones are not taken.
    const late = request({ socketPath: node().socket, path: '/jsonrpc', method: 'POST' });
    late.flushHeaders();
    await once(late, 'socket');
    const started = node().start(instance);
    await eventually(() => node().leftovers().length > 0);
    const lines = node().log.length;
    const stopped = node().stopDaemon('SIGTERM');
    await eventually(() =>
      node()
        .log.slice(lines)
        .some(({ message }) => message === 'stopping'),
    );
    const body = { jsonrpc: '2.0', id: 1, method: 'instance_start', params: [other, false, []] };
    late.end(JSON.stringify(body));
    const [response] = (await once(late, 'response')) as [NodeJS.ReadableStream];
    const [reply] = (await once(response, 'data')) as [Buffer];
    expect(reply.toString()).to.contain('shutting-down');
    await failureOf(node().start(other));
    expect(await started).to.equal(null);
    await stopped;
    await node().startDaemon();
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance);
  });

  it('carries a call to its end when its caller is gone', async () => {
    const instance = await node().makeDisk('inst1', { script: SLOW_SCRIPT });
    for (const [method, params] of [
      ['instance_start', [instance, false, []]],
      ['instance_shutdown', [instance, 10, []]],
    ] as const) {
      const lines = node().log.length;
      const processes = processesIn(node().root('inst1')).length;
      const call = request({ socketPath: node().socket, path: '/jsonrpc', method: 'POST' });
      call.on('error', () => undefined);
      call.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
      await eventually(() => processesIn(node().root('inst1')).length > processes);
      call.destroy();
      const isDone = () =>
        node()
          .log.slice(lines)
          .some((line) => line.message === 'call done' && line['call'] === method);
      await eventually(isDone);
      // Asked again, it says what is so already.
      expect(await node().call(method, params)).to.equal(null);
      expect(await node().running()).to.deep.equal(method === 'instance_start' ? ['inst1'] : []);
    }
  });

  it('lists and stops an instance that another daemon has started', async () => {
    const instance = await node().makeDisk('inst1', { script: SLOW_SCRIPT });
    const root = node().root('inst1');
    await mkdir(root);
    await run('mount', ['-o', 'loop', node().diskPath('inst1'), root]);
    const stock = spawn('chroot', [root, '/ganeti-chroot', 'start'], { stdio: 'ignore' });
    await once(stock, 'exit');
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().call('instance_reboot', [instance, 'soft', 10, []]);
    expect(processesIn(root)).to.have.lengthOf(1);
    const { stdout } = await run('ls', [root]);
    // Its own script was asked to stop it.
    expect(stdout).to.contain('stopped-cleanly');
    await node().shutdown(instance);
  });
});
