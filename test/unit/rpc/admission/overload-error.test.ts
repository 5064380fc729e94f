import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { RpcLimits } from '../../../../src/rpc/limits.js';
import { RpcServer } from '../../../../src/rpc/server/rpc-server.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { fakeDispatcher, promiseWithResolvers, recordingLogger } from '../fakes.js';
import { type HttpAnswer, send } from '../http-client.js';

const KIB = 1024;
const LARGE = `["${'x'.repeat(700 * KIB)}"]`;
const inJsonRpc = (params: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"instance_start","params":${params}}`;

describe('RpcServer with too much to do', () => {
  let directory: string;
  let open: Socket[];
  let server: RpcServer;
  let port: number;
  let socketPath: string;
  let lines: ReturnType<typeof recordingLogger>['lines'];
  let work: ReturnType<typeof promiseWithResolvers<undefined>>;
  let started: number;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'overload-'));
    open = [];
    started = 0;
    work = promiseWithResolvers<undefined>();
  });

  afterEach(async () => {
    work.resolve(undefined);
    for (const socket of open) socket.destroy();
    await server.close({ graceMs: 0 });
    rmSync(directory, { recursive: true });
  });

  async function serve(limits: Partial<RpcLimits>, slots = { concurrent: 10, queued: 10 }) {
    const { logger, lines: logged } = recordingLogger();
    lines = logged;
    const execute = async (call: string, params: unknown[]) => {
      started++;
      if (call === 'version') await work.promise;
      return (params as string[])[0]?.length;
    };
    const dispatcher = fakeDispatcher(execute, {
      limits: { maxConcurrentCalls: slots.concurrent, maxQueuedCalls: slots.queued },
    });
    server = new RpcServer({ dispatcher, discover: () => ({}), logger, limits });
    ({ port } = await server.listenPlain({ host: '127.0.0.1', port: 0 }));
    socketPath = await server.listenUnix(join(directory, 's'));
  }

  async function openRaw(text = ''): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1' });
    open.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  }

  /** Takes all of the budget for a body of which nothing comes. */
  async function spendBudget(): Promise<Socket> {
    const before = lines.length;
    const head = `POST /subtract HTTP/1.1\r\nHost: a\r\nContent-Length: ${KIB * KIB}\r\n\r\n`;
    const socket = await openRaw(head);
    // Requests are taken in their order, so that one behind it is answered only after it.
    await send({ port, path: '/instance_start' }, '[""]');
    expect(lines.length).to.equal(before);
    return socket;
  }

  const ganeti = (body: string, options: object = {}) =>
    send({ port, path: '/instance_start', ...options }, body);
  const jsonRpc = (body: string, options: object = {}) =>
    send({ socketPath, path: '/jsonrpc', ...options }, inJsonRpc(body));

  function expectPage({ status, headers, body }: HttpAnswer, text: string): void {
    expect(status).to.equal(503);
    expect(headers).to.include({ 'retry-after': '5', 'content-type': 'text/html' });
    expect(body).to.contain(`Message: ${text}`);
  }

  function expectError({ status, headers, body }: HttpAnswer, text: string): void {
    expect(status).to.equal(503);
    expect(headers).to.include({ 'retry-after': '5', 'content-type': 'application/json' });
    const { id, error } = JSON.parse(body) as { id: unknown; error: Record<string, unknown> };
    expect(error).to.deep.include({ code: -32005, data: { kind: 'busy', retryAfterSeconds: 5 } });
    expect(error['message']).to.contain(text);
    expect(id).to.be.oneOf([1, null]);
  }

  describe('(calls)', () => {
    it('refuses one too many on both wires, and goes on', async () => {
      await serve({}, { concurrent: 1, queued: 1 });
      const running = [1, 2].map(() => send({ port, path: '/version' }, '[]'));
      await eventually(() => started === 1);
      expectPage(await ganeti('["a"]'), 'Too many calls are waiting');
      expectError(await jsonRpc('["a"]'), 'Too many calls are waiting');
      work.resolve(undefined);
      for (const { status } of await Promise.all(running)) expect(status).to.equal(200);
      expect(await ganeti('["abc"]')).to.include({ status: 200, body: '[true,3]\n' });
    });
  });

  describe('(bodies)', () => {
    const limits = { maxBodiesBytes: KIB * KIB, bodyWaitMs: 50 };
    const patient = { ...limits, bodyWaitMs: 60_000 };

    it('refuses a body for which there is no room, on both wires', async () => {
      await serve(limits);
      await spendBudget();
      expectPage(await ganeti(LARGE), 'Too many large requests');
      expectError(await jsonRpc(LARGE), 'Too many large requests');
      expect(lines.map(({ message, caller }) => [message, caller])).to.deep.equal([
        ['body refused', 'local'],
        ['body refused', 'local'],
      ]);
    });

    for (const [what, headers] of [
      ['a body', {}],
      ['a body whose length nobody knows', { 'Transfer-Encoding': 'chunked' }],
    ] as const)
      it(`refuses ${what} and goes on with the connection`, async () => {
        await serve(limits);
        await spendBudget();
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        expectPage(await ganeti(LARGE, { agent, headers }), 'Too many large requests');
        const [first] = Object.values(agent.freeSockets)[0] ?? [];
        const next = await ganeti('["abc"]', { agent });
        expect(next).to.include({ status: 200, body: '[true,3]\n' });
        const [second] = Object.values(agent.freeSockets)[0] ?? [];
        expect(first !== undefined && first === second, 'one connection').to.be.true;
        agent.destroy();
      });

    it('lets the whole body pass by before it closes the connection of a caller that wants it closed', async () => {
      await serve(limits);
      await spendBudget();
      const head = 'POST /instance_start HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
      const socket = await openRaw(`${head}Content-Length: ${LARGE.length}\r\n\r\n`);
      let text = '';
      socket.on('data', (data: Buffer) => (text += data.toString()));
      const closed = once(socket, 'close');
      await eventually(() => lines.some(({ message }) => message === 'body refused'));
      for (let sent = 0; sent < LARGE.length; sent += 100 * KIB) {
        expect(socket.writable, `after ${sent} bytes`).to.be.true;
        socket.write(LARGE.slice(sent, sent + 100 * KIB));
        await delay(5);
      }
      await closed;
      expect(text).to.match(/^HTTP\/1\.1 503 /);
    });

    it('refuses before it is sent a body for which the caller asks first', async () => {
      await serve(limits);
      await spendBudget();
      const head = 'POST /subtract HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n';
      const socket = await openRaw(`${head}Content-Length: ${KIB * KIB}\r\n\r\n`);
      let text = '';
      socket.on('data', (data: Buffer) => (text += data.toString()));
      await once(socket, 'close');
      expect(text).to.match(/^HTTP\/1\.1 503 /);
    });

    it('reads small bodies all the same', async () => {
      await serve(patient);
      await spendBudget();
      const small = `["${'x'.repeat(60 * KIB)}"]`;
      expect(await ganeti(small)).to.include({ status: 200 });
      const headers = { 'Transfer-Encoding': 'chunked' };
      expect(await ganeti(small, { headers })).to.include({ status: 200 });
    });

    it('lets others wait until the body has come, and then reads them one by one', async () => {
      await serve(patient);
      const socket = await spendBudget();
      const waiting = [ganeti(LARGE), jsonRpc(LARGE), ganeti(LARGE)];
      socket.write(`["${'x'.repeat(KIB * KIB - 6)}",1]`);
      for (const { status, body } of await Promise.all(waiting)) {
        expect(status).to.equal(200);
        expect(body).to.contain(String(700 * KIB));
      }
    });

    it('does not count a caller that has gone away', async () => {
      await serve(patient);
      const first = await spendBudget();
      const second = await openRaw(
        `POST /subtract HTTP/1.1\r\nHost: a\r\nContent-Length: ${KIB * KIB}\r\n\r\n`,
      );
      const waiting = ganeti(LARGE);
      second.destroy();
      // Which is seen before this is answered.
      await ganeti('[""]');
      first.destroy();
      expect(await waiting).to.include({ status: 200 });
      expect(await ganeti(LARGE)).to.include({ status: 200 });
    });

    it('holds the room until the call is done', async () => {
      await serve(limits);
      const running = send({ port, path: '/version' }, LARGE);
      await eventually(() => started === 1);
      expectPage(await ganeti(LARGE), 'Too many large requests');
      work.resolve(undefined);
      expect(await running).to.include({ status: 200 });
      expect(await ganeti(LARGE)).to.include({ status: 200 });
    });

    it('refuses at once what would never fit', async () => {
      await serve(patient);
      expect(await ganeti(`["${'x'.repeat(KIB * KIB)}"]`)).to.include({ status: 413 });
    });
  });

  describe('(connections)', () => {
    it('refuses whoever comes over one too many and closes, until others have gone', async () => {
      await serve({ maxConnections: 2 });
      await Promise.all([openRaw(), openRaw()]);
      const page = await ganeti('["abc"]');
      expectPage(page, 'Too many connections');
      expect(page.headers).to.include({ connection: 'close' });
      const error = await send({ port, path: '/jsonrpc' }, inJsonRpc('["abc"]'));
      expectError(error, 'Too many connections');
      expect(error.headers).to.include({ connection: 'close' });
      expect(started).to.equal(0);
      // Each listener counts its own.
      expect(await jsonRpc('["abc"]')).to.include({ status: 200 });
      for (const socket of open) socket.destroy();
      await eventually(async () => (await ganeti('["abc"]')).status === 200);
    });

    it('drops those for which there is no spare one either', async () => {
      await serve({ maxConnections: 1 });
      for (let count = 0; count < 65; count++) await openRaw();
      const surplus = await openRaw();
      await once(surplus, 'close');
      expect(lines.map(({ message }) => message)).to.deep.equal(['connection dropped']);
    });
  });
});
