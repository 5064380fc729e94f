import { execFile } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import {
  Client,
  ClientError,
  type ClientOptions,
  GanetiError,
  HttpError,
  JsonRpcError,
  TimeoutError,
  TransportError,
  type UrlOptions,
} from '../../../src/client/client.js';
import {
  CLUSTER_CERTIFICATES,
  type Identity,
  makeIdentity,
} from '../../../tools/kit/certificates.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { type Answer, FakeDaemon, reply, result } from './fake-daemon.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;

describe('Client', () => {
  let daemon: FakeDaemon;
  let open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.map((one) => one.close()));
    open = [];
  });

  async function startDaemon(...args: Parameters<typeof FakeDaemon.start>): Promise<void> {
    daemon = await FakeDaemon.start(...args);
    open.push(daemon);
  }

  function clientOf(options: ClientOptions): Client {
    const client = new Client(options);
    open.push(client);
    return client;
  }

  /** A client of a daemon that answers so. */
  async function clientFor(answer: Answer, options: Omit<UrlOptions, 'url'> = {}): Promise<Client> {
    await startDaemon(answer);
    return clientOf({ url: daemon.url, ...options });
  }

  /** A client of something that writes so to each connection after the first bytes of a request. */
  async function rawClient(write: (socket: Socket) => void): Promise<Client> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.once('data', () => {
        write(socket);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const close = async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    };
    open.push({ close });
    return clientOf({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  }

  async function failure(work: Promise<unknown>): Promise<ClientError> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ClientError))
      throw new Error('no error of the client', { cause: error });
    expect(error.name).to.equal(
      error.constructor.name.replace('StaleConnection', 'TransportError'),
    );
    return error;
  }

  const received = (): unknown[] =>
    daemon.received.map(({ path, body }) => [path, JSON.parse(body) as unknown]);
  const params = ['inst1', 'chroot', { init_script: '/x' }] as const;
  const named = { hvparams: { init_script: '/x' }, hname: 'chroot', instance: 'inst1' } as const;

  describe('over JSON-RPC', () => {
    it('sends parameters in order and by name, and returns the result', async () => {
      const client = await clientFor(result({ memory: 1 }));
      expect(await client.call('instance_info', params)).to.deep.equal({ memory: 1 });
      await client.call('instance_info', named);
      await client.call('version');
      const request = { jsonrpc: '2.0', id: 1, method: 'instance_info' };
      expect(received()).to.deep.equal([
        ['/jsonrpc', { ...request, params }],
        ['/jsonrpc', { ...request, params: named }],
        ['/jsonrpc', { ...request, method: 'version', params: [] }],
      ]);
    });

    it('fails with the code, the kind and the data of the error', async () => {
      const data = { kind: 'busy', retryAfterSeconds: 5 };
      const error = { code: -32005, message: 'too much to do', data };
      for (const status of [200, 503]) {
        const client = await clientFor(
          reply(status, JSON.stringify({ jsonrpc: '2.0', id: 1, error })),
        );
        const failed = await failure(client.call('version'));
        expect(failed)
          .to.be.instanceOf(JsonRpcError)
          .and.to.deep.include({ ...error, kind: 'busy' });
      }
    });

    it('accepts an error without data', async () => {
      const error = { code: -32601, message: 'Method not found' };
      const client = await clientFor(reply(200, JSON.stringify({ error })));
      expect(await failure(client.call('version'))).to.deep.include({
        ...error,
        kind: 'unknown',
        data: {},
      });
    });

    it('fails with the HTTP status of an answer without a JSON-RPC body', async () => {
      const client = await clientFor(reply(413, 'too long'));
      const failed = await failure(client.call('version'));
      expect(failed).to.be.instanceOf(HttpError).and.to.include({ code: 413, kind: 'http-status' });
    });

    for (const body of ['', 'no JSON', 'null', '[]', '{}', '{"error":{"code":"x"}}', '{"error":1}'])
      it(`rejects the malformed reply '${body}'`, async () => {
        const client = await clientFor(reply(200, body));
        const failed = await failure(client.call('version'));
        expect(failed)
          .to.be.instanceOf(TransportError)
          .and.to.include({ kind: 'bad-reply', code: 'ERR_BAD_REPLY' });
      });
  });

  describe("over Ganeti's wire", () => {
    it('sends parameters in order, also when the caller names them', async () => {
      const client = await clientFor(reply(200, '[true, {"memory": 1}]'), { wire: 'ganeti' });
      expect(await client.call('instance_info', params)).to.deep.equal({ memory: 1 });
      await client.call('instance_info', named);
      await client.call('version');
      await client.call('version', {});
      expect(received()).to.deep.equal([
        ['/instance_info', params],
        ['/instance_info', params],
        ['/version', []],
        ['/version', []],
      ]);
    });

    it('sends the only parameter as the body of calls that want it so', async () => {
      const client = await clientFor(reply(200, '[true, {}]'), { wire: 'ganeti' });
      await client.call('instance_console_info', [{}]);
      await client.call('instance_console_info', { instance_param_dict: {} });
      expect(received()).to.deep.equal(Array(2).fill(['/instance_console_info', {}]));
    });

    it('rejects unknown names and missing parameters before it sends anything', async () => {
      const client = await clientFor(reply(200, '[true, null]'), { wire: 'ganeti' });
      const wrong = [
        { instance: 'inst1', hname: 'chroot', hvparam: {} },
        { ...named, more: 1 },
        { hvparams: {} },
      ] as unknown as (typeof named)[];
      for (const one of wrong) {
        const error = await client.call('instance_info', one).catch((reason: unknown) => reason);
        expect(String(error)).to.match(
          /^TypeError: .*instance_info are instance, hname, hvparams$/,
        );
      }
      expect(daemon.received).to.deep.equal([]);
    });

    for (const [status, body, expected] of [
      [
        200,
        '[false, "no such instance"]',
        { code: -32000, kind: 'failed', message: 'no such instance' },
      ],
      [404, '', { code: -32601, kind: 'unknown-call', message: 'unknown call version' }],
      [503, '', { code: -32005, kind: 'busy' }],
    ] as const)
      it(`fails with the kind ${expected.kind}`, async () => {
        const client = await clientFor(reply(status, body, { 'Retry-After': '5' }), {
          wire: 'ganeti',
        });
        const failed = await failure(client.call('version'));
        expect(failed).to.be.instanceOf(GanetiError).and.to.include(expected);
        expect(failed.data).to.deep.equal(status === 503 ? { retryAfterSeconds: 5 } : {});
      });

    it('fails with other HTTP statuses', async () => {
      const client = await clientFor(reply(500, ''), { wire: 'ganeti' });
      expect(await failure(client.call('version')))
        .to.be.instanceOf(HttpError)
        .and.to.include({ code: 500 });
    });

    for (const body of ['', 'null', '{}', '[]', '["true", 1]'])
      it(`rejects the malformed reply '${body}'`, async () => {
        const client = await clientFor(reply(200, body), { wire: 'ganeti' });
        expect(await failure(client.call('version'))).to.include({ kind: 'bad-reply' });
      });

    it('is refused on a Unix socket', () => {
      const options = { socketPath: '/x', wire: 'ganeti' } as unknown as ClientOptions;
      expect(() => new Client(options)).to.throw(TypeError, 'Unix socket');
    });
  });

  describe('Client.request', () => {
    it('sends parameters as they are, on both wires', async () => {
      const body = { b: [1, { c: null }], a: 12345678901234567890n };
      const text = '{"b":[1,{"c":null}],"a":12345678901234567890}';
      for (const wire of ['json-rpc', 'ganeti'] as const) {
        const answer =
          wire === 'ganeti' ? '[true, 12345678901234567890]' : '{"result":12345678901234567890}';
        const client = await clientFor(reply(200, answer), { wire });
        expect(await client.request('a/b', body)).to.equal(12345678901234567890n);
        expect(daemon.received[0]?.path).to.equal(wire === 'ganeti' ? '/a%2Fb' : '/jsonrpc');
        expect(daemon.received[0]?.body).to.contain(text);
      }
    });
  });

  describe('as a connection', () => {
    let directory: string;
    let server: Identity;
    let candidate: Identity;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'noded-client-'));
      server = makeIdentity('cluster.example.com');
      candidate = makeIdentity('candidate');
    });
    after(async () => {
      await rm(directory, { recursive: true });
    });

    /** An HTTPS server that answers with the name of the caller's certificate. */
    async function secureUrl(): Promise<string> {
      const { key, cert } = server;
      const tls = { key, cert, requestCert: true, rejectUnauthorized: false };
      await startDaemon(
        (response, received, request) => {
          const { socket } = request;
          const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : null;
          result(certificate?.subject ?? null)(response, received, request);
        },
        { tls },
      );
      return `https://${daemon.host}`;
    }

    it('takes a Unix socket', async () => {
      const socketPath = join(directory, 'socket');
      await startDaemon(result(3), { socketPath });
      expect(await clientOf({ socketPath }).call('version')).to.equal(3);
    });

    it('shows its certificate over HTTPS, and accepts any host name', async () => {
      const url = await secureUrl();
      const client = clientOf({ url: new URL(url), ...candidate, ca: server.cert });
      expect(await client.request('version')).to.equal('CN=candidate');
    });

    it('takes certificate and key from one text', async () => {
      const cert = candidate.pem;
      const client = clientOf({ url: await secureUrl(), cert, ca: Buffer.from(server.cert) });
      expect(await client.request('version')).to.equal('CN=candidate');
    });

    for (const [kind, options] of Object.entries(CLUSTER_CERTIFICATES))
      it(`accepts the cluster's certificate, if that is ${kind}`, async () => {
        const { pem } = makeIdentity('ganeti.example.com', options);
        await startDaemon(result(1), { tls: { key: pem, cert: pem } });
        expect(await clientOf({ url: `https://${daemon.host}`, ca: pem }).call('version')).to.equal(
          1,
        );
      });

    it('rejects any other certificate unless told otherwise, and sends nothing', async () => {
      const url = await secureUrl();
      for (const ca of [candidate.cert, undefined]) {
        const failed = await failure(clientOf({ url, ca }).request('version'));
        expect(failed).to.be.instanceOf(TransportError).and.to.include({ kind: 'unreachable' });
        expect(failed.code).to.match(/SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO/);
      }
      expect(daemon.received).to.deep.equal([]);
      expect(await clientOf({ url, rejectUnauthorized: false }).request('version')).to.equal(null);
    });

    it('rejects an answer that is not HTTP', async () => {
      const client = await rawClient((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
      const failed = await failure(client.call('version'));
      expect(failed).to.be.instanceOf(TransportError).and.to.include({ kind: 'bad-reply' });
      expect(failed.code).to.match(/^HPE_/);
    });

    it('rejects malformed certificates and URLs', async () => {
      await secureUrl();
      expect(() => new Client({ url: 'https://localhost', cert: 'none' })).to.throw(Error);
      expect(() => new Client({ url: 'ftp://localhost' })).to.throw(TypeError, 'https://');
      expect(() => new Client({ url: 'localhost' })).to.throw(TypeError);
    });

    it('fails with the code of Node.js where no daemon listens', async () => {
      const url = await secureUrl();
      await daemon.close();
      for (const [options, code] of [
        [{ url }, 'ECONNREFUSED'],
        [{ url: url.replace('https', 'http') }, 'ECONNREFUSED'],
        [{ socketPath: join(directory, 'none') }, 'ENOENT'],
      ] as const) {
        const failed = await failure(clientOf(options).call('version'));
        expect(failed)
          .to.be.instanceOf(TransportError)
          .and.to.include({ kind: 'unreachable', code });
      }
    });
  });

  describe('with a time-out', () => {
    const SILENT: Answer = () => undefined;
    const HALF: Answer = (response) => {
      response.write('{"result"');
    };

    for (const [what, answer] of [
      ['no answer', SILENT],
      ['half an answer', HALF],
    ] as const)
      it(`fails in time when there is ${what}, and closes the connection`, async () => {
        const client = await clientFor(answer, { timeoutMs: 50 });
        for (const options of [{}, { timeoutMs: 60 }]) {
          const failed = await failure(client.call('version', [], options));
          expect(failed)
            .to.be.instanceOf(TimeoutError)
            .and.to.include({ kind: 'timeout', code: 'ETIMEDOUT' });
          expect(failed.data).to.deep.equal({ timeoutMs: 50, ...options });
        }
        await eventually(() => daemon.openConnections === 0);
      });

    it('gives a single call more time', async () => {
      const answer: Answer = (...exchange) => {
        setTimeout(() => {
          result(1)(...exchange);
        }, 200);
      };
      const client = await clientFor(answer, { timeoutMs: 1 });
      expect(await client.call('version', [], { timeoutMs: Infinity })).to.equal(1);
    });

    it('rejects time-outs that are not positive', async () => {
      const client = await clientFor(result(1));
      for (const timeoutMs of [0, -1, NaN]) {
        expect(() => new Client({ url: daemon.url, timeoutMs })).to.throw(RangeError);
        const error = await client
          .call('version', [], { timeoutMs })
          .catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(RangeError);
      }
      expect(daemon.received).to.deep.equal([]);
    });
  });

  describe('with a signal', () => {
    const reason = new Error('no longer needed');

    it('sends nothing after it was aborted', async () => {
      const client = await clientFor(result(1));
      const call = client.call('version', [], { signal: AbortSignal.abort(reason) });
      expect(await call.catch((error: unknown) => error)).to.equal(reason);
      expect(daemon.connections).to.equal(0);
    });

    for (const [what, begin] of [
      ['waits', () => undefined],
      ['reads', (response: { write(text: string): unknown }) => void response.write('{"result"')],
    ] as const)
      it(`fails with its reason while it ${what}, and closes the connection`, async () => {
        const client = await clientFor((response) => {
          begin(response);
          setTimeout(() => {
            controller.abort(reason);
          }, 50);
        });
        const controller = new AbortController();
        const call = client.call('version', [], { signal: controller.signal });
        expect(await call.catch((error: unknown) => error)).to.equal(reason);
        await eventually(() => daemon.openConnections === 0);
        expect(daemon.received).to.have.length(1);
      });

    it('removes its listener when the call has ended', async () => {
      const client = await clientFor(result(1));
      const { signal } = new AbortController();
      await client.call('version', [], { signal });
      expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    });
  });

  describe('with kept connections', () => {
    /** Answers the first request on each connection, and closes it at the next one. */
    const ONE_EACH = (): Answer => {
      const seen = new Set<number>();
      return (response, received, request) => {
        if (seen.has(received.connection)) response.destroy();
        else result(received.connection)(response, received, request);
        seen.add(received.connection);
      };
    };

    it('makes one call after another on one connection', async () => {
      const client = await clientFor(result(1));
      for (let calls = 0; calls < 20; calls++) await client.call('version');
      expect(daemon.connections).to.equal(1);
      await Promise.all([client.call('version'), client.call('version')]);
      expect(daemon.connections).to.equal(2);
    });

    it('keeps none with keepAlive: false', async () => {
      const client = await clientFor(result(1), { keepAlive: false });
      for (let calls = 0; calls < 3; calls++) await client.call('version');
      expect(daemon.connections).to.equal(3);
      await eventually(() => daemon.openConnections === 0);
    });

    it('lets the program end', async () => {
      await clientFor(result(1));
      const module = new URL('../../../src/client/client.js', import.meta.url).href;
      const program = `
        import { Client } from '${module}';
        console.log(await new Client({ url: '${daemon.url}' }).call('version'));`;
      const options = ['--input-type=module', '--eval', program];
      const { stdout } = await run(process.execPath, options, { timeout: 10_000 });
      expect(stdout).to.equal('1\n');
    });

    it('repeats a call that changes nothing when the daemon closes the connection without an answer', async () => {
      const client = await clientFor(ONE_EACH());
      expect(await client.request('version')).to.equal(1);
      expect(await client.request('version')).to.equal(2);
      expect(daemon.received.map(({ connection }) => connection)).to.deep.equal([1, 1, 2]);
    });

    it('repeats it on a new connection, and only once', async () => {
      const client = await clientFor((response, received, request) => {
        if (daemon.received.length > 3) response.destroy();
        else
          setTimeout(() => {
            result(1)(response, received, request);
          }, 50);
      });
      await Promise.all(['version', 'version', 'version'].map((name) => client.request(name)));
      const failed = await failure(client.request('version'));
      expect(failed).to.be.instanceOf(TransportError).and.to.include({ kind: 'connection-lost' });
      expect(daemon.received).to.have.length(5);
      expect(daemon.received.at(-1)?.connection).to.equal(4);
    });

    for (const method of ['jobqueue_purge', 'no_such_call', 'constructor'])
      it(`never repeats ${method}, which may change something`, async () => {
        const client = await clientFor(ONE_EACH());
        await client.request('version');
        const failed = await failure(client.request(method));
        expect(failed).to.be.instanceOf(TransportError).and.to.include({ kind: 'connection-lost' });
        expect(failed.message).to.contain('the call may have begun');
        expect(daemon.received).to.have.length(2);
      });

    it('repeats no call on a new connection, and none with half an answer', async () => {
      const client = await clientFor((response, { path }) => {
        if (path === '/jsonrpc' && daemon.received.length === 2) response.write('{"result":1');
        if (daemon.received.length === 1) response.end('{"result":1}');
        else setTimeout(() => response.destroy(), 50);
      });
      expect(await client.call('version')).to.equal(1);
      for (let calls = 2; calls <= 3; calls++) {
        expect(await failure(client.call('version'))).to.include({
          kind: 'connection-lost',
          code: 'ECONNRESET',
        });
        expect(daemon.received).to.have.length(calls);
      }
    });

    it('calls the next daemon on the same socket', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'noded-client-'));
      try {
        const socketPath = join(directory, 'socket');
        const client = clientOf({ socketPath });
        for (const version of [1, 2]) {
          await startDaemon(result(version), { socketPath });
          expect(await client.call('version')).to.equal(version);
          if (version === 1) await daemon.close();
        }
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  });

  describe('Client.close', () => {
    it('waits for running calls, closes the connections, and rejects further calls', async () => {
      const client = await clientFor((...exchange) => {
        setTimeout(() => {
          result(7)(...exchange);
        }, 100);
      });
      const running = client.call('version');
      let isClosed = false;
      const closed = client.close().then(() => (isClosed = true));
      const failed = await failure(client.call('version'));
      expect(failed)
        .to.be.instanceOf(TransportError)
        .and.to.include({ kind: 'closed', code: 'ERR_CLIENT_CLOSED' });
      expect(isClosed).to.equal(false);
      expect(await running).to.equal(7);
      await closed;
      await eventually(() => daemon.openConnections === 0);
      expect(daemon.received).to.have.length(1);
    });

    it('happens at the end of a scope', async () => {
      const client = await clientFor(result(1));
      await client.call('version');
      await client[Symbol.asyncDispose]();
      await eventually(() => daemon.openConnections === 0);
      expect(await failure(client.call('version'))).to.include({ kind: 'closed' });
    });
  });

  describe('with large messages', () => {
    it('takes large replies, on both wires', async () => {
      const large = 'x'.repeat(32 * MIB);
      for (const wire of ['json-rpc', 'ganeti'] as const) {
        const body = JSON.stringify(wire === 'ganeti' ? [true, large] : { result: large });
        const client = await clientFor(reply(200, body), { wire });
        const received = await client.request('version');
        expect(received === large).to.equal(true);
      }
    });

    it('sends large parameters, in UTF-8', async () => {
      const large = 'äöü'.repeat(2 * MIB);
      const client = await clientFor(result(1));
      await client.request('x', [large]);
      expect(
        (JSON.parse(daemon.received[0]?.body ?? '') as { params: string[] }).params[0] === large,
      ).to.equal(true);
    });

    it('reads an answer that arrives before the whole call is sent', async () => {
      const client = await rawClient((socket) => {
        socket.pause().write('HTTP/1.1 413 Too Long\r\nContent-Length: 0\r\n\r\n');
      });
      const failed = await failure(client.request('x', ['x'.repeat(32 * MIB)]));
      expect(failed).to.include({ code: 413 });
    });

    it('makes many calls at once', async () => {
      const client = await clientFor((response, received) => {
        const { params: given } = JSON.parse(received.body) as { params: unknown };
        response.end(JSON.stringify({ result: given }));
      });
      const all = Array.from({ length: 100 }, (_, index) => client.request('echo', index));
      expect(await Promise.all(all)).to.deep.equal(all.map((_, index) => index));
    });
  });

  describe('for the compiler', () => {
    it('knows parameters and results', async () => {
      const client = await clientFor(result(null));
      const version: number = await client.call('version');
      expect(version).to.equal(null);
      // Only compiled.
      const mistakes = async () => {
        // @ts-expect-error -- there is no such call
        await client.call('no_such_call', []);
        // @ts-expect-error -- one parameter is missing
        await client.call('instance_info', ['inst1', 'chroot']);
        // @ts-expect-error -- one parameter is missing
        await client.call('instance_info', { instance: 'inst1', hname: 'chroot' });
        // @ts-expect-error -- there is no such parameter
        await client.call('instance_usage', { instance_name: 'inst1', more: 1 });
        // @ts-expect-error -- the duration is a number
        await client.call('test_delay', { duration: '1' });
        // @ts-expect-error -- there have to be parameters
        await client.call('test_delay');
        // @ts-expect-error -- there are no parameters
        await client.call('version', { more: 1 });
        // @ts-expect-error -- the result is a number
        const text: string = await client.call('version');
        return text;
      };
      expect(mistakes).to.be.a('function');
    });
  });
});
