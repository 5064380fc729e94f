import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { type ClientRequest, request, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../../tools/kit/eventually.js';
import { processesIn } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';
import { makeOs } from '../../../unit/os/fixtures.js';

/** Takes a moment to start and to stop. */
const SLOW_SCRIPT = `#!/bin/sh
sleep 0.3
case $1 in
  start) sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid ;;
  stop) kill "$(cat /tmp/pid)" ;;
esac
`;

describeAsRoot('callers who go away', () => {
  const node = useNode();

  /** Sends a request as far as it goes, and leaves the connection open. */
  async function send(
    target: RequestOptions,
    body: string,
    lengthBytes = Buffer.byteLength(body),
  ): Promise<ClientRequest> {
    const headers = { 'Content-Length': lengthBytes };
    const sent = request({ ...target, method: 'POST', headers, agent: false });
    sent.on('error', () => undefined);
    await new Promise((resolve) => sent.write(body, resolve));
    return sent;
  }

  const bodyOf = (method: string, params: unknown) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const jsonRpc = () => ({ socketPath: node().socket, path: '/jsonrpc' });

  /** Makes a call, goes away once it is under way, and waits until the daemon is through with it. */
  async function abandon(method: string, params: unknown, isUnderWay: () => boolean) {
    const lines = node().log.length;
    const sent = await send(jsonRpc(), bodyOf(method, params));
    await eventually(isUnderWay);
    sent.destroy();
    const isOver = () =>
      node()
        .log.slice(lines)
        .some(({ call }) => call === method);
    expect(isOver(), 'over before the caller went away').to.equal(false);
    await eventually(isOver, 30_000);
  }

  it('before they have sent all have done nothing', async () => {
    const instance = await node().makeDisk('inst1');
    const start = JSON.stringify([instance, false, []]);
    const whole = bodyOf('instance_start', [instance, false, []]);
    for (const isWhole of [false, true])
      for (const [target, body] of [
        [jsonRpc(), whole],
        [node().plain('/instance_start'), start],
      ] as const) {
        // Also one that is whole, and was announced to be longer.
        const part = isWhole ? body : body.slice(0, body.length / 2);
        (await send(target, part, body.length + 1)).destroy();
      }
    for (let round = 0; round < 5; round++) expect(await node().running()).to.deep.equal([]);
    expect(node().leftovers()).to.deep.equal([]);
    expect(node().log.filter(({ call }) => call === 'instance_start')).to.deep.equal([]);
    await node().start(instance);
    await node().shutdown(instance);
  });

  it('during a reboot leave the instance running, whatever kind it is', async () => {
    const instance = await node().makeDisk('inst1', { script: SLOW_SCRIPT });
    await node().start(instance);
    const root = node().root('inst1');
    for (const type of ['soft', 'hard']) {
      const before = processesIn(root);
      const isUnderWay = () => processesIn(root).length > before.length;
      await abandon('instance_reboot', [instance, type, 10, []], isUnderWay);
      expect(processesIn(root)).to.have.lengthOf(1);
      expect(processesIn(root)).not.to.deep.equal(before);
      await node().call('instance_reboot', [instance, type, 10, []]);
      expect(await node().running()).to.deep.equal(['inst1']);
    }
    await node().shutdown(instance);
  });

  it('during the making of an operating system have it made, and may ask for it again', async () => {
    const path = (name: string) => join(node().stateDir, name);
    const wait = `: >${path('begun')}; while [ ! -e ${path('go')} ]; do sleep 0.05; done; echo x >>${path('made')}`;
    await mkdir(path('os'), { recursive: true });
    await makeOs(path('os/busybox'), { create: `#!/bin/sh\n${wait}\n` });
    const instance = await node().makeDisk('inst1');
    const params = [instance, false, 0];
    const made = abandon('instance_os_add', params, () => existsSync(path('begun')));
    await eventually(() => existsSync(path('begun')));
    await writeFile(path('go'), '');
    await made;
    expect(existsSync(path('made'))).to.equal(true);
    expect(await node().call('instance_os_add', params)).to.equal(null);
  });

  it('during the making and the removal of a disk leave a whole one or none', async () => {
    const directory = join(node().stateDir, 'file-storage/inst1');
    await node().call('file_storage_dir_create', [directory]);
    const disk = node().disk('inst1');
    for (let round = 0; round < 20; round++) {
      const isEven = round % 2 === 0;
      const method = isEven ? 'blockdev_create' : 'blockdev_remove';
      const params = isEven ? [disk, 8, 'inst1', true, '', false] : [disk];
      const lines = node().log.length;
      (await send(jsonRpc(), bodyOf(method, params))).destroy();
      await eventually(() =>
        node()
          .log.slice(lines)
          .some(({ call }) => call === method),
      );
      expect(await readdir(directory)).to.deep.equal(isEven ? ['disk0'] : []);
    }
    await node().call('blockdev_remove', [disk]);
  });

  it('all at once have all their instances started, each once', async function () {
    this.timeout(120_000);
    const instances = await node().crowd(20);
    const sent = await Promise.all(
      instances.map((instance) => send(jsonRpc(), bodyOf('instance_start', [instance, false, []]))),
    );
    for (const caller of sent) caller.destroy();
    await eventually(async () => (await node().running()).length === instances.length, 60_000);
    for (const { name } of instances)
      await eventually(() => processesIn(node().root(name)).length === 1);
    await Promise.all(instances.map((instance) => node().shutdown(instance, 60)));
  });
});
