import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcServer } from '../../../../src/rpc/server/rpc-server.js';
import { fakeDispatcher, promiseWithResolvers, recordingLogger, rejection } from '../fakes.js';
import { send } from '../http-client.js';

const echo = (_call: string, params: unknown[]): Promise<unknown> => Promise.resolve(params);

describe('RpcServer', () => {
  let directory: string;
  let path: string;
  let servers: RpcServer[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rpc-server-'));
    path = join(directory, 'rpc.sock');
    servers = [];
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close({ graceMs: 0 })));
    rmSync(directory, { recursive: true });
  });

  const serve = (
    execute = echo,
    parts: Partial<ConstructorParameters<typeof RpcServer>[0]> = {},
  ): RpcServer => {
    const { logger } = recordingLogger();
    const server = new RpcServer({
      dispatcher: fakeDispatcher(execute),
      discover: () => ({}),
      logger,
      ...parts,
    });
    servers.push(server);
    return server;
  };
  const listenPlain = async (server: RpcServer) =>
    (await server.listenPlain({ host: '127.0.0.1', port: 0 })).port;

  describe('.listenPlain', () => {
    it("speaks Ganeti's wire and JSON-RPC", async () => {
      const port = await listenPlain(serve());
      const answer = await send({ port, path: '/subtract' }, '[5,3]');
      expect(answer).to.include({ status: 200, body: '[true,[5,3]]\n' });
      expect(answer.headers).to.include({ 'content-type': 'application/json' });
      const request = { jsonrpc: '2.0', method: 'subtract', params: [5, 3], id: 1 };
      expect((await send({ port, path: '/jsonrpc' }, JSON.stringify(request))).body).to.include(
        '"result":[5,3]',
      );
    });

    it('answers other methods with 400, and unknown calls with 404', async () => {
      const port = await listenPlain(serve());
      for (const path of ['/version', '/nil', '/jsonrpcs'])
        expect(await send({ port, path, method: 'GET' })).to.include({ status: 400 });
      for (const path of ['/nil', '/', '/version?', '/jsonrpc/x', '//jsonrpc', '/constructor'])
        expect(await send({ port, path })).to.include({ status: 404 });
    });

    it('takes no body with an encoding as JSON-RPC', async () => {
      const port = await listenPlain(serve());
      const ask = (path: string, encoding: string) =>
        send({ port, path, headers: { 'Content-Encoding': encoding } }, '[5,3]');
      const answer = await ask('/jsonrpc', 'gzip');
      expect(answer).to.include({ status: 415 });
      expect(answer.headers).to.include({ 'content-type': 'application/json' });
      expect(answer.body).to.contain('A body must come without Content-Encoding');
      expect(await ask('/jsonrpc', 'identity')).to.include({ status: 200 });
      // Ganeti's daemon does not look at it.
      expect(await ask('/subtract', 'gzip')).to.include({ status: 200 });
    });

    it('takes a body for which the caller asks first, as curl does', async () => {
      const port = await listenPlain(serve());
      const headers = { Expect: '100-continue' };
      const body = JSON.stringify(['x'.repeat(2_000_000)]);
      const answer = await send({ port, path: '/subtract', headers }, body);
      expect(answer).to.include({ status: 200 });
      expect(answer.body).to.have.length.above(2_000_000);
    });

    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'localhost.example.com',
      '127.0.0.1.nip.io',
      '',
    ])
      it(`refuses to listen on '${host}'`, async () => {
        const error = await rejection(serve().listenPlain({ host, port: 0 }));
        expect(error)
          .to.be.instanceOf(Error)
          .with.property('message')
          .that.includes('Refusing to listen without TLS');
      });

    it('fails when the port is taken', async () => {
      const port = await listenPlain(serve());
      expect(await rejection(serve().listenPlain({ host: '127.0.0.1', port }))).to.include({
        code: 'EADDRINUSE',
      });
    });
  });

  describe('.listenUnix', () => {
    it('makes a socket for its owner only, and nothing else', async () => {
      const server = serve();
      expect(await server.listenUnix(path)).to.equal(path);
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      expect(readdirSync(directory)).to.deep.equal(['rpc.sock']);
      await server.close({ graceMs: 0 });
      expect(existsSync(path)).to.be.false;
    });

    it('speaks JSON-RPC only', async () => {
      await serve().listenUnix(path);
      for (const method of ['POST', 'GET']) {
        const answer = await send({ socketPath: path, path: '/version', method });
        expect(answer).to.include({ status: 404 });
        expect(JSON.parse(answer.body)).to.have.nested.property('error.code', -32600);
      }
    });

    it('takes the place of a server that died', async () => {
      const stale = createServer().listen(join(directory, 'other'));
      await once(stale, 'listening');
      linkSync(join(directory, 'other'), path);
      stale.close();
      expect(existsSync(path)).to.be.true;
      await serve().listenUnix(path);
      expect(await send({ socketPath: path, path: '/jsonrpc' })).to.include({ status: 200 });
    });

    it('refuses to take the place of a server that answers', async () => {
      await serve().listenUnix(path);
      const error = await rejection(serve().listenUnix(path));
      expect(error).to.be.instanceOf(Error).with.property('message').that.includes('answers');
      expect(await send({ socketPath: path, path: '/jsonrpc' })).to.include({ status: 200 });
    });

    it('refuses to take the place of a file', async () => {
      writeFileSync(path, 'precious');
      expect(await rejection(serve().listenUnix(path))).to.be.instanceOf(Error);
      expect(existsSync(path)).to.be.true;
    });

    it('leaves a socket alone that has taken the place of ours', async () => {
      const server = serve();
      await server.listenUnix(path);
      rmSync(path);
      await serve().listenUnix(path);
      await server.close({ graceMs: 0 });
      expect(existsSync(path)).to.be.true;
    });

    it('refuses a path that is too long', async () => {
      const error = await rejection(serve().listenUnix(join(directory, 'x'.repeat(100))));
      expect(error).to.be.instanceOf(Error).with.property('message').that.includes('too long');
      expect(readdirSync(directory)).to.be.empty;
    });

    it('fails when there is no such directory', async () => {
      const missing = join(directory, 'missing', 'rpc.sock');
      expect(await rejection(serve().listenUnix(missing))).to.include({ code: 'ENOENT' });
    });
  });

  describe('(the target of JSON-RPC)', () => {
    const request = '{"jsonrpc":"2.0","method":"subtract","params":[5,3],"id":1}';
    const targets = ['/jsonrpc', '/jsonrpc/', '/jsonrpc?x=1', '/jsonrpc/?', 'http://a:1/jsonrpc?'];

    async function places() {
      const server = serve();
      await server.listenUnix(path);
      return [{ port: await listenPlain(server) }, { socketPath: path }];
    }

    it('is served however it is written', async () => {
      for (const place of await places())
        for (const path of targets)
          expect((await send({ ...place, path }, request)).body, path).to.include('"result":[5,3]');
    });

    it('takes no other methods, and says so in JSON', async () => {
      for (const place of await places())
        for (const method of ['GET', 'OPTIONS', 'PUT', 'DELETE'])
          for (const path of targets) {
            const { status, headers, body } = await send({ ...place, path, method });
            expect([method, status, headers.allow]).to.deep.equal([method, 405, 'POST']);
            expect(headers).to.include({ 'content-type': 'application/json' });
            expect(JSON.parse(body)).to.deep.equal({
              jsonrpc: '2.0',
              id: null,
              error: {
                code: -32600,
                message: 'Invalid request',
                data: { kind: 'invalid-request', message: 'Only the POST method is supported' },
              },
            });
          }
    });

    it('says in JSON that a body is too long', async () => {
      const server = serve(echo, { limits: { maxBodyBytes: 1024 } });
      const port = await listenPlain(server);
      const { status, body } = await send({ port, path: '/jsonrpc' }, ' '.repeat(2000));
      expect(status).to.equal(413);
      expect(JSON.parse(body))
        .to.have.nested.property('error.data.message')
        .that.contains('longer');
    });
  });

  describe('.close', () => {
    it('lets a call end, answers it, and takes no more', async () => {
      const work = promiseWithResolvers<string>();
      const started = promiseWithResolvers<undefined>();
      const server = serve(() => {
        started.resolve(undefined);
        return work.promise;
      });
      const port = await listenPlain(server);
      const answer = send({ port, path: '/version' }, '[]');
      await started.promise;
      const closed = server.close({ graceMs: 60_000 });
      expect(await rejection(send({ port, path: '/version' }, '[]'))).to.include({
        code: 'ECONNREFUSED',
      });
      work.resolve('done');
      expect(await answer).to.include({ status: 200, body: '[true,"done"]\n' });
      expect((await answer).headers).to.include({ connection: 'close' });
      expect(await closed).to.deep.equal({ unfinished: [] });
    });

    it('does not wait longer than it may for a call, nor for a connection', async () => {
      const work = promiseWithResolvers<string>();
      const started = promiseWithResolvers<undefined>();
      const server = serve(() => {
        started.resolve(undefined);
        return work.promise;
      });
      const port = await listenPlain(server);
      const answer = rejection(send({ port, path: '/version' }, '[]'));
      await started.promise;
      expect(await server.close({ graceMs: 10 })).to.deep.equal({ unfinished: ['version'] });
      expect(await answer).to.include({ code: 'ECONNRESET' });
      work.resolve('done');
    });

    it('may be called when nothing listens', async () => {
      expect(await serve().close({ graceMs: 1000 })).to.deep.equal({ unfinished: [] });
    });
  });

  it('finishes the work of a caller that went away', async () => {
    const work = promiseWithResolvers<string>();
    const started = promiseWithResolvers<undefined>();
    const { logger, lines } = recordingLogger();
    const execute = () => {
      started.resolve(undefined);
      return work.promise;
    };
    const port = await listenPlain(
      serve(execute, { dispatcher: fakeDispatcher(execute, { logger }) }),
    );
    const caller = connect(port);
    caller.write('POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]');
    await started.promise;
    caller.destroy();
    await once(caller, 'close');
    work.resolve('done');
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lines[0]).to.include({ message: 'call done' });
  });
});
