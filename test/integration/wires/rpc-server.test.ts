import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type AgentOptions, request, type RequestOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import type { Dispatcher } from '../../../src/rpc/dispatcher.js';
import type { RpcLimits } from '../../../src/rpc/limits.js';
import { PeerRule } from '../../../src/rpc/peers/peer-rule.js';
import { RefusalLog } from '../../../src/rpc/peers/refusal-log.js';
import { RpcServer } from '../../../src/rpc/server/rpc-server.js';
import { candidateMap, type Identity, makeIdentity } from '../../../tools/kit/certificates.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { fakeDispatcher, recordingLogger, rejection } from '../../unit/rpc/fakes.js';
import { type HttpAnswer, Receiver, send } from '../../unit/rpc/http-client.js';

const FLOOD = new URL('../../support/programs/flood.js', import.meta.url).pathname;
const SLOW_CALL_MS = 700;
/** The address that no node of the cluster has. */
const STRANGER = '127.0.0.9';
/** Short, so that nearly every refusal has a line of its own. */
const SUMMARY_MS = 1;
/** A clock for things that must happen at all: generous, because the machine may be busy. */
const PATIENCE_MS = 20_000;

async function execute(call: string, params: unknown[]): Promise<unknown> {
  if (call === 'instance_start') await delay(SLOW_CALL_MS);
  return call === 'version' ? 'x'.repeat(Number(params[0] ?? 0)) : params;
}

describe('RpcServer.listenTls', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const candidatesPath = join(directory, 'ssconf_master_candidates_certs');
  const masterNodePath = join(directory, 'ssconf_master_node');
  const serverPem = join(directory, 'server.pem');
  let { logger, lines } = recordingLogger();
  let server: Identity, otherServer: Identity, foreignAuthority: Identity;
  let candidate: Identity, other: Identity, stranger: Identity;
  let foreign: Identity, expired: Identity, early: Identity;
  let open: Socket[];
  let rpc: RpcServer;
  let port: number;
  let summaryMs = SUMMARY_MS;

  before(() => {
    server = makeIdentity('ganeti.example.com');
    otherServer = makeIdentity('ganeti.example.com');
    foreignAuthority = makeIdentity('Foreign Authority');
    candidate = makeIdentity('node1', { issuer: server });
    other = makeIdentity('node2', { issuer: server });
    stranger = makeIdentity('node3', { issuer: server });
    foreign = makeIdentity('node1', { issuer: foreignAuthority });
    expired = makeIdentity('node1', { issuer: server, notAfter: new Date('2021-01-01') });
    early = makeIdentity('node1', { issuer: server, notBefore: new Date('2044-01-01') });
  });

  after(() => {
    rmSync(directory, { recursive: true });
  });

  beforeEach(async () => {
    writeFileSync(serverPem, server.pem);
    writeFileSync(candidatesPath, candidateMap(candidate, other, foreign, expired, early));
    open = [];
    await start({});
  });

  afterEach(() => stop());

  async function start(limits: Partial<RpcLimits>): Promise<void> {
    ({ logger, lines } = recordingLogger());
    await listen(fakeDispatcher(execute, { logger }), limits);
  }

  async function listen(dispatcher: Dispatcher, limits: Partial<RpcLimits>): Promise<void> {
    rpc = new RpcServer({ dispatcher, discover: () => ({}), logger, limits });
    const refusals = new RefusalLog(logger, { intervalMs: summaryMs });
    const peers = new PeerRule({
      candidatesPath,
      masterNodePath,
      serverCertPath: serverPem,
      clock: SYSTEM_CLOCK,
      logger: refusals,
    });
    const files = { keyPath: serverPem, certPath: serverPem };
    ({ port } = await rpc.listenTls({
      host: '127.0.0.1',
      port: 0,
      ...files,
      peers,
      refusals,
      isNode: (address) => address !== STRANGER,
    }));
  }

  async function stop(): Promise<void> {
    for (const socket of open) socket.destroy();
    await rpc.close({ graceMs: 0 });
  }

  async function restart(limits: Partial<RpcLimits>): Promise<void> {
    await stop();
    await start(limits);
  }

  function credentials(identity?: Identity, ...above: Identity[]) {
    if (identity === undefined) return {};
    return { key: identity.key, cert: [identity, ...above].map(({ cert }) => cert).join('') };
  }

  function call(
    options: RequestOptions,
    body: string | Buffer = '[5,3]',
    path = '/subtract',
  ): Promise<HttpAnswer> {
    return send({ port, path, rejectUnauthorized: false, ...options }, body, request);
  }

  const callAs = (identity?: Identity, ...above: Identity[]) =>
    call(credentials(identity, ...above));

  async function expectAnswer(answer: Promise<HttpAnswer>): Promise<void> {
    expect(await answer).to.include({ status: 200, body: '[true,[5,3]]\n' });
  }

  async function expectRefusal(answer: Promise<HttpAnswer>, reason: string | RegExp) {
    expect(await rejection(answer)).to.be.instanceOf(Error);
    const refusals = lines.filter(({ message }) => message === 'peer refused');
    expect(refusals.at(-1)).to.have.property('reason').that.matches(new RegExp(reason));
    expect(refusals.at(-1)).to.include({ level: 'warn', remoteAddress: '127.0.0.1' });
  }

  async function openTls(options: object = {}): Promise<TLSSocket> {
    const socket = connectTls({
      port,
      rejectUnauthorized: false,
      ...credentials(candidate),
      ...options,
    });
    open.push(socket);
    await once(socket, 'secureConnect');
    return socket;
  }

  async function openPlain(): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1' });
    open.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** Connections that say something and no more; those of readers do not take what comes. */
  async function many(count: number, openOne: () => Promise<Socket>, text: string) {
    const sockets: Socket[] = [];
    while (sockets.length < count)
      sockets.push(...(await Promise.all(Array.from({ length: 5 }, () => openOne()))));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.write(text, 'latin1');
    }
    return sockets;
  }

  /** Writes a byte every so often until the other side closes. */
  async function drip(socket: Socket, text: string): Promise<string> {
    const closed = new Receiver(socket).untilClosed();
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let at = 0; !socket.closed && performance.now() < giveUpAt; at++) {
      socket.write(text.charAt(at % text.length));
      await delay(50);
    }
    expect(socket.closed, 'closed in time').to.be.true;
    return closed;
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] satisfies SecureVersion[])
    describe(`with ${version}`, () => {
      const only = { minVersion: version, maxVersion: version };
      const callWith = (identity?: Identity, ...above: Identity[]) =>
        call({ ...credentials(identity, ...above), ...only });

      it('answers a master candidate, whether or not it sends the server certificate', async () => {
        await expectAnswer(callWith(candidate));
        await expectAnswer(callWith(candidate, server));
      });

      it('refuses all others before it reads anything, and logs each as what it is', async () => {
        await expectRefusal(callWith(), '^no certificate$');
        await expectRefusal(callWith(stranger), '^not a master candidate$');
        await expectRefusal(callWith(foreignAuthority), '^not a master candidate$');
        await expectRefusal(callWith(server), '^not a master candidate$');
        await expectRefusal(callWith(foreign), '^signed neither by');
        await expectRefusal(callWith(expired), '^expired$');
        await expectRefusal(callWith(early), '^not valid yet$');
        await expectRefusal(callWith(candidate, foreignAuthority), '^a certificate of the chain');
        await expectRefusal(callWith(candidate, otherServer), '^a certificate of the chain');
        await expectRefusal(
          callWith(candidate, server, otherServer),
          '^a certificate of the chain',
        );
        expect(lines.map(({ message }) => message)).not.to.include.members(['call done']);
      });

      async function session(): Promise<Buffer> {
        const socket = connectTls({
          port,
          rejectUnauthorized: false,
          ...credentials(candidate),
          ...only,
        });
        open.push(socket);
        // With TLS 1.2 it comes within the handshake, with TLS 1.3 after it.
        const [found] = (await once(socket, 'session')) as [Buffer];
        socket.destroy();
        return found;
      }

      const callResuming = (ticket: Buffer) => {
        const options: AgentOptions = { ...credentials(candidate), ...only, session: ticket };
        return call({ ...options, agent: new Agent({ ...options, rejectUnauthorized: false }) });
      };

      it('resumes a session', async () => {
        const ticket = await session();
        const socket = await openTls({ ...only, session: ticket });
        expect(socket.isSessionReused()).to.be.true;
        await expectAnswer(callResuming(ticket));
      });

      it('refuses to resume the session of a candidate that is one no more', async () => {
        const ticket = await session();
        writeFileSync(candidatesPath, candidateMap(other));
        await expectRefusal(callResuming(ticket), '^not a master candidate$');
        await expectAnswer(callWith(other));
      });
    });

  it('does not speak versions before TLS 1.2', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await rejection(call({ ...credentials(candidate), ...old }))).to.be.instanceOf(Error);
    expect(lines.at(-1)).to.include({ message: 'handshake failed' });
  });

  it('is not alarmed by a connection that ends before it says anything', async () => {
    const socket = connect({ port });
    await once(socket, 'connect');
    socket.destroy();
    await eventually(() => lines.length > 0);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      level: 'info',
      message: 'connection ended before the handshake',
    });
  });

  it('accepts nobody but the holder of server.pem while there is no map', async () => {
    for (const isRemoved of [true, false]) {
      if (isRemoved) rmSync(candidatesPath);
      else writeFileSync(candidatesPath, '');
      await expectAnswer(callAs(server));
      await expectRefusal(callAs(candidate), '^not the server certificate$');
      await expectRefusal(callAs(foreignAuthority), '^not the server certificate$');
      await expectRefusal(callAs(), '^no certificate$');
    }
    writeFileSync(candidatesPath, candidateMap(candidate));
    await expectRefusal(callAs(server), '^not a master candidate$');
    await expectAnswer(callAs(candidate));
  });

  it('accepts nobody while the map is garbled', async () => {
    for (const map of ['garbage', candidateMap(candidate).slice(0, -5), '\0'.repeat(500)]) {
      writeFileSync(candidatesPath, map);
      for (const identity of [candidate, server, undefined])
        await expectRefusal(callAs(identity), '^candidate map: ');
    }
  });

  it('refuses a candidate that is one no more at its next request on an open connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const options = { ...credentials(candidate), agent };
    await expectAnswer(call(options));
    await expectAnswer(call(options));
    const [sockets] = Object.values(agent.freeSockets);
    expect(sockets).to.have.length(1);
    writeFileSync(candidatesPath, candidateMap(other));
    await expectRefusal(call(options), '^not a master candidate$');
    agent.destroy();
  });

  it('goes on with the connections of others when a candidate goes', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const options = { ...credentials(other), agent };
    await expectAnswer(call(options));
    writeFileSync(candidatesPath, candidateMap(other));
    await expectAnswer(call(options));
    agent.destroy();
  });

  it('presents a server certificate that was replaced', async () => {
    const presented = async () => (await openTls()).getPeerCertificate().fingerprint;
    expect(await presented()).to.equal(server.digest);
    writeFileSync(serverPem, otherServer.pem);
    expect(await presented()).to.equal(otherServer.digest);
    writeFileSync(serverPem, server.key + otherServer.cert);
    expect(await presented()).to.equal(otherServer.digest);
    rmSync(serverPem);
    expect(await presented()).to.equal(otherServer.digest);
    writeFileSync(serverPem, server.pem);
    rpc.reload();
    expect(await presented()).to.equal(server.digest);
    expect(lines.filter(({ level }) => level === 'error')).not.to.be.empty;
  });

  it('names the server certificate as an authority, for clients that only answer then', async () => {
    const target = `-connect 127.0.0.1:${String(port)} -tls1_2 -ign_eof`.split(' ');
    const client = promisify(execFile)('openssl', ['s_client', ...target]);
    const { stdout } = (await client.catch((error: unknown) => error)) as { stdout: string };
    expect(stdout).to.match(
      /Acceptable client certificate CA names\nCN ?= ?ganeti\.example\.com\n/,
    );
  });

  describe('(time limits)', () => {
    const short = {
      handshakeTimeoutMs: 400,
      headersTimeoutMs: 400,
      requestTimeoutMs: 500,
      keepAliveTimeoutMs: 300,
      replyTimeoutMs: 500,
      timeoutCheckIntervalMs: 50,
    };

    beforeEach(() => restart(short));

    it('ends a handshake of one byte at a time', async () => {
      const hello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + '\x00'.repeat(500);
      await drip(await openPlain(), hello);
    });

    it('ends a connection that says nothing', async () => {
      await new Receiver(await openPlain()).untilClosed();
      await new Receiver(await openTls()).untilClosed();
    });

    it('ends headers of one byte at a time', async () => {
      const socket = await openTls();
      socket.write('POST /subtract HTTP/1.1\r\nHost: a\r\nX-Slow: ');
      expect(await drip(socket, 'x')).to.match(/^HTTP\/1\.1 408 /);
    });

    it('ends a body of one byte at a time', async () => {
      const socket = await openTls();
      socket.write('POST /subtract HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
      expect(await drip(socket, ' ')).to.match(/^HTTP\/1\.1 408 /);
    });

    it('ends an idle connection after a request', async () => {
      const socket = await openTls();
      socket.write('POST /subtract HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n[5,3]');
      expect(await new Receiver(socket).untilClosed()).to.match(/^HTTP\/1\.1 200 /);
    });

    it('ends a connection whose caller does not take its reply', async () => {
      const socket = await openTls();
      const size = 50_000_000;
      const body = `[${String(size)}]`;
      socket.pause();
      socket.write(
        `POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`,
      );
      await delay(1500);
      socket.resume();
      expect(await new Receiver(socket).untilClosed()).to.have.length.below(size);
    });

    it('ends a thousand of all these at once, and answers others meanwhile', async () => {
      const limitMs = 4000;
      const limits = { handshakeTimeoutMs: limitMs, headersTimeoutMs: limitMs };
      await restart({ ...short, ...limits, requestTimeoutMs: limitMs, replyTimeoutMs: limitMs });
      const head = 'POST /version HTTP/1.1\r\nHost: a\r\n';
      const size = 12_000_000;
      const readers = await many(5, openTls, `${head}Content-Length: 10\r\n\r\n[${size}]`);
      const others = [
        ...(await many(60, openTls, `${head}X-Slow: `)),
        ...(await many(60, openTls, `${head}Content-Length: 60000\r\n\r\n[`)),
        ...(await many(875, openPlain, '\x16\x03\x01\x02\x00\x01')),
      ];
      for (const socket of others) socket.resume();
      await expectAnswer(callAs(candidate));
      await eventually(() => others.every(({ closed }) => closed), PATIENCE_MS);
      // Their time began before that of the others, so that it is over now.
      const taken = await Promise.all(readers.map((socket) => new Receiver(socket).untilClosed()));
      for (const text of taken) expect(text).to.have.length.below(size);
      await expectAnswer(callAs(candidate));
    });

    it('does not end a call that takes longer than all of them', async () => {
      const answer = await call(credentials(candidate), '["inst1"]', '/instance_start');
      expect(answer).to.include({ status: 200, body: '[true,["inst1"]]\n' });
    });
  });

  describe('(requests that lie about their length)', () => {
    const cases: readonly [string, string][] = [
      ['no number', 'Content-Length: five'],
      ['a negative one', 'Content-Length: -5'],
      ['a sign', 'Content-Length: +5'],
      ['a hexadecimal one', 'Content-Length: 0x5'],
      ['one beyond 64 bits', 'Content-Length: 99999999999999999999'],
      ['two equal ones', 'Content-Length: 5\r\nContent-Length: 5'],
      ['two different ones', 'Content-Length: 5\r\nContent-Length: 6'],
      ['two in one', 'Content-Length: 5, 5'],
      ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
      ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5'],
      ['an unknown encoding', 'Transfer-Encoding: chunked, identity'],
      ['a length too large', 'Content-Length: 134217729'],
    ];
    for (const [what, headers] of cases)
      it(`refuses ${what} and closes`, async () => {
        const socket = await openTls();
        socket.write(`POST /subtract HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n[5,3]`);
        expect(await new Receiver(socket).untilClosed()).to.match(/^HTTP\/1\.1 4\d\d /);
        expect(lines.map(({ message }) => message)).not.to.include('call done');
      });
  });

  it('refuses a body over the limit and closes, with a length and in chunks', async () => {
    await restart({ maxBodyBytes: 1000 });
    const big = Buffer.alloc(2000, ' ');
    for (const headers of [
      { 'Content-Length': 2000 },
      { 'Content-Length': 2000, Expect: '100-continue' },
      { 'Transfer-Encoding': 'chunked' },
    ]) {
      const answer = await call({ ...credentials(candidate), headers }, big);
      expect(answer).to.include({ status: 413 });
      expect(answer.headers).to.include({ connection: 'close' });
    }
    await expectAnswer(call(credentials(candidate), '[5,3]'.padEnd(1000)));
  });

  it('refuses headers over the limit', async () => {
    const headers = { 'X-Long': 'x'.repeat(20_000) };
    expect(await call({ ...credentials(candidate), headers })).to.include({ status: 431 });
  });

  it('refuses a batch of 100,000, and deep JSON, and goes on', async () => {
    const one = '{"jsonrpc":"2.0","method":"version","id":1}';
    const batch = `[${Array.from({ length: 100_000 }, () => one).join()}]`;
    expect(await call(credentials(candidate), batch, '/jsonrpc'))
      .to.have.property('body')
      .that.includes('-32099');
    const deep = '['.repeat(5_000_000);
    expect(await call(credentials(candidate), deep, '/jsonrpc'))
      .to.have.property('body')
      .that.includes('Nested deeper');
    expect(await call(credentials(candidate), deep))
      .to.have.property('body')
      .that.includes('[false,"Error while executing backend function: Nested deeper');
    await expectAnswer(callAs(candidate));
  });

  it('answers quickly while 1000 connections idle, in the handshake or behind it', async () => {
    for (let count = 0; count < 1000; count += 50)
      await Promise.all(Array.from({ length: 50 }, openPlain));
    const secured = Array.from({ length: 50 }, () => openTls());
    await Promise.all(secured);
    const startedAt = performance.now();
    await expectAnswer(callAs(candidate));
    expect(performance.now() - startedAt).to.be.below(2000);
  });

  describe('(too much to do)', () => {
    let free: () => void;
    let order: string[];

    /** One slot, which is taken until `free` is called. */
    beforeEach(async () => {
      await stop();
      ({ logger, lines } = recordingLogger());
      order = [];
      const taken = new Promise<void>((resolve) => (free = resolve));
      const dispatcher = fakeDispatcher(
        async (_call, [name]) => {
          order.push(String(name));
          await taken;
        },
        { logger, limits: { maxConcurrentCalls: 1, maxQueuedCalls: 2 } },
      );
      // node2 is the master, node1 another candidate.
      writeFileSync(masterNodePath, 'node2\n');
      await listen(dispatcher, { maxConnections: 10 });
    });

    afterEach(() => {
      free();
      rmSync(masterNodePath);
    });

    const ask = (identity: Identity, name: string) =>
      call(credentials(identity), JSON.stringify([name]), '/instance_start');
    const refusals = () => lines.filter(({ message }) => message === 'call failed').length;

    it('carries out the calls of the master first, and refuses the others first', async () => {
      const running = ask(candidate, 'running');
      await eventually(() => order.length === 1);
      const others = ['a', 'b', 'c'].map((name) => ask(candidate, name));
      await eventually(() => refusals() === 1);
      const master = ask(other, 'master');
      await eventually(() => refusals() === 2);
      free();
      const answers = await Promise.all([running, master, ...others]);
      expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([
        200, 200, 200, 503, 503,
      ]);
      for (const { status, headers } of answers)
        expect(headers['retry-after']).to.equal(status === 503 ? '5' : undefined);
      expect(order.slice(0, 2)).to.deep.equal(['running', 'master']);
      const done = lines.filter(({ message }) => message === 'call done');
      expect(done.map(({ caller }) => caller)).to.deep.equal(['candidate', 'master', 'candidate']);
    });

    it('tells others that there are too many connections, and serves the master', async () => {
      await Promise.all(Array.from({ length: 10 }, openPlain));
      const refused = await ask(candidate, 'candidate');
      expect(refused).to.include({ status: 503 });
      expect(refused.headers).to.include({ 'retry-after': '5', connection: 'close' });
      free();
      expect(await ask(other, 'master')).to.include({ status: 200 });
      expect(order).to.deep.equal(['master']);
      for (const socket of open) socket.destroy();
      await eventually(async () => (await ask(candidate, 'candidate')).status === 200, PATIENCE_MS);
    });
  });

  describe('(a stranger with thousands of connections)', () => {
    const MOST_LINES = 60;
    const PER_ADDRESS = 16;

    beforeEach(async () => {
      summaryMs = 60_000;
      await restart({});
    });
    afterEach(() => {
      summaryMs = SUMMARY_MS;
    });

    it('keeps no caller from being served, and fills no log', async () => {
      const flood = spawn(process.execPath, [FLOOD, '4300', String(port), STRANGER]);
      try {
        await once(flood.stdout, 'data');
        for (let count = 0; count < 60; count++) await expectAnswer(callAs(candidate));
      } finally {
        flood.kill('SIGKILL');
        await once(flood, 'exit');
      }
      const refusals = lines.filter(({ message }) => message !== 'call done');
      expect(refusals.map(({ remoteAddress }) => remoteAddress)).to.include(STRANGER);
      expect(refusals).to.have.length.below(MOST_LINES);
      await rpc.close({ graceMs: 0 });
      const counts = lines.filter(({ message }) => message === 'the same again');
      const sum = counts.reduce((all, { count }) => all + Number(count), 0);
      expect(sum).to.be.above(1000);
    }).timeout(180_000);

    it('gets few places in the handshake, and others of its kind their own', async () => {
      const silent = await Promise.all(Array.from({ length: 50 }, () => openFrom(STRANGER)));
      await eventually(() => silent.filter(({ closed }) => closed).length === 50 - PER_ADDRESS);
      const options = { ...credentials(candidate), localAddress: '127.0.0.8' };
      await expectAnswer(call(options));
      silent.at(0)?.destroy();
      await eventually(async () => {
        const next = await openFrom(STRANGER);
        await delay(50);
        return !next.closed;
      });
    });

    async function openFrom(localAddress: string): Promise<Socket> {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      open.push(socket.resume());
      await once(socket, 'connect');
      return socket;
    }
  });

  it('closes connections in the midst of a handshake, too', async () => {
    await openPlain();
    await openTls();
    const agent = new Agent({ keepAlive: true });
    await expectAnswer(call({ ...credentials(candidate), agent }));
    expect(await rpc.close({ graceMs: 60_000 })).to.deep.equal({ unfinished: [] });
    agent.destroy();
  });
});
