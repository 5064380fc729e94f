import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import { post } from '../../../tools/kit/rpc-client.js';
import { failureOf } from '../../support/failure.js';
import { forgetPeak, peakMemory } from '../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const CTL = new URL('../../../src/nodectl.js', import.meta.url).pathname;
const FLOOD = new URL('../../support/programs/flood.js', import.meta.url).pathname;
const MIB = 1024 * 1024;
const BODY_BYTES = 8 * MIB;

describeAsRoot('a daemon with many callers', () => {
  const node = useNode(
    { limits: { maxBodyBytes: BODY_BYTES + 1024, maxBodiesBytes: 2 * BODY_BYTES + 2048 } },
    () => ({ hasSsl: true }),
  );
  let open: Socket[] = [];
  afterEach(() => {
    for (const socket of open) socket.destroy();
    open = [];
  });

  /** Connections that never say anything; half of them to either address. */
  async function openIdle(count: number): Promise<void> {
    const { host, port } = node().plain('/');
    for (let index = 0; index < count; index++) {
      const tcp = { host: String(host), port: Number(port) };
      const socket = connect(index % 2 === 0 ? { path: node().socket } : tcp);
      socket.on('error', () => undefined);
      open.push(socket);
      if (index % 50 === 0) await once(socket, 'connect');
    }
  }

  /** What is said of an instance that does not run, whose name is nobody else's. */
  async function ask(name: string, isSecure: boolean): Promise<string> {
    if (!isSecure) return (await failureOf(node().call('instance_usage', [name]))).message;
    const [isDone, message] = await node().ganeti('instance_usage', [name]);
    expect(isDone).to.be.false;
    return String(message);
  }

  it('gives each of 500 at once his own answer, while 1,000 say nothing', async function () {
    this.timeout(120_000);
    forgetPeak(node().pid);
    const before = peakMemory(node().pid);
    await openIdle(1000);
    const names = Array.from({ length: 500 }, (_, index) => `inst${index}.example.com`);
    const answers = await Promise.all(names.map((name, index) => ask(name, index % 4 === 0)));
    for (const [index, name] of names.entries())
      expect(answers[index]).to.match(new RegExp(`\\b${name}\\b`));
    expect(peakMemory(node().pid) - before).to.be.below(300 * MIB);
  });

  /** One body at the limit; only its id is its own. */
  async function sendLarge(id: number, filling: Buffer): Promise<{ status: number; body: string }> {
    const [head, tail] = [`{"jsonrpc":"2.0","id":${id},"method":"version","params":["`, '"]}'];
    const sent = request({
      socketPath: node().socket,
      path: '/jsonrpc',
      method: 'POST',
      agent: false,
      headers: { 'Content-Length': head.length + filling.length + tail.length },
    });
    const answered = once(sent, 'response');
    sent.write(head);
    sent.write(filling);
    sent.end(tail);
    const [response] = (await answered) as [Parameters<typeof text>[0] & { statusCode: number }];
    return { status: response.statusCode, body: await text(response) };
  }

  it('holds no more of many large bodies than it may, and answers small ones meanwhile', async function () {
    this.timeout(120_000);
    const filling = Buffer.alloc(BODY_BYTES, 'x');
    // Its heap grows as it reads the first few.
    for (let id = 0; id < 4; id++) await sendLarge(id, filling);
    forgetPeak(node().pid);
    const before = peakMemory(node().pid);
    const large = Promise.all(Array.from({ length: 24 }, (_, id) => sendLarge(id, filling)));
    const state = { isOver: false };
    void large.finally(() => (state.isOver = true));
    let small = 0;
    for (; !state.isOver; small++) expect(await node().call('version', [])).to.equal(3_000_000);
    for (const [id, { status, body }] of (await large).entries()) {
      const reply = JSON.parse(body) as { id: number | null; error: { code: number } };
      const refused = [503, null, -32005];
      expect([status, reply.id, reply.error.code]).to.deep.be.oneOf([[200, id, -32602], refused]);
    }
    expect(small).to.be.above(0);
    expect(peakMemory(node().pid) - before).to.be.below(150 * MIB);
  });
});

describeAsRoot('a daemon that may have 1,024 descriptors', () => {
  const node = useNode({}, () => ({
    hasSsl: true,
    wrapper: ['prlimit', '--nofile=1024:1024', '--'],
  }));

  it('serves root on the Unix socket whatever comes over the network', async () => {
    const { port } = node().plain('/');
    const flood = spawn(process.execPath, [FLOOD, '4300', String(port)]);
    try {
      await once(flood.stdout, 'data');
      for (let count = 0; count < 60; count++)
        expect(await node().call('version', [])).to.equal(3_000_000);
    } finally {
      flood.kill('SIGKILL');
      await once(flood, 'exit');
    }
    expect((await readdir(`/proc/${node().pid}/fd`)).length).to.be.below(600);
    expect(await node().ganeti('version', [])).to.deep.equal([true, 3_000_000]);
    expect(node().log.length).to.be.below(200);
  }).timeout(120_000);
});

/** The client, which fails. */
async function runNodectl(...args: string[]): Promise<{ code: number; stderr: string }> {
  const error: unknown = await failureOf(promisify(execFile)(process.execPath, [CTL, ...args]));
  return error as { code: number; stderr: string };
}

describeAsRoot('a daemon with --max-clients 3', () => {
  const node = useNode({ limits: { maxQueuedCalls: 2 } }, () => ({
    args: ['--max-clients', '3'],
  }));

  it('carries out three calls at a time, lets two wait, and refuses the sixth', async () => {
    const directory = join(node().stateDir, 'iallocators');
    const marks = join(node().stateDir, 'marks');
    await mkdir(directory, { recursive: true });
    await mkdir(marks);
    const script = `#!/bin/sh\n: >${marks}/$$\nwhile ! [ -e ${directory}/go ]; do sleep 0.1; done\ncat "$1"\n`;
    await writeFile(join(directory, 'slow'), script, { mode: 0o755 });
    const ask = (question: string) => node().call('iallocator_runner', ['slow', question, {}]);
    const running = ['a', 'b', 'c'].map(ask);
    await eventually(async () => (await readdir(marks)).length === 3);
    const waiting = ['d', 'e'].map(ask);
    await delay(500);
    expect(await readdir(marks)).to.have.length(3);
    const message = { jsonrpc: '2.0', id: 1, method: 'version', params: [] };
    const refused = await post(
      { socketPath: node().socket, path: '/jsonrpc' },
      JSON.stringify(message),
    );
    expect(refused.status).to.equal(503);
    expect((await post(node().plain('/version'), '[]')).status).to.equal(503);
    for (const [target, said] of [
      [['--state-dir', node().stateDir], /"retryAfterSeconds": 5/],
      [
        ['--url', `http://127.0.0.1:${node().plain('/').port}`, '--wire', 'ganeti'],
        /the daemon is overloaded/,
      ],
    ] as const) {
      const { code, stderr } = await runNodectl(...target, 'call', 'version');
      expect(code).to.equal(1);
      expect(stderr).to.match(said);
    }
    await writeFile(join(directory, 'go'), '');
    expect(await Promise.all([...running, ...waiting])).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(await readdir(marks)).to.have.length(5);
    expect(await node().call('version', [])).to.equal(3_000_000);
  });
});
