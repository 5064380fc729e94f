import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { OverloadError } from '../../../../src/rpc/admission/overload-error.js';
import { RpcServer } from '../../../../src/rpc/server/rpc-server.js';
import { fakeDispatcher, recordingLogger } from '../fakes.js';
import { type HttpAnswer, send } from '../http-client.js';

const NOTIFIED: unknown[] = [];

function execute(call: string, params: unknown[]): Promise<unknown> {
  if (call === 'version') return Promise.reject(new HypervisorError('No root', { data: { a: 1 } }));
  if (call === 'console_info') return Promise.reject(new OverloadError('Too much to do'));
  if (call === 'instance_start') NOTIFIED.push(params);
  const [minuend, subtrahend] = params as number[];
  return Promise.resolve(call === 'subtract' ? Number(minuend) - Number(subtrahend) : undefined);
}

const result = (id: unknown, value: unknown) => ({ jsonrpc: '2.0', id, result: value });
const failure = (id: unknown, code: number, message: string, data: object) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message, data },
});
const invalid = failure(null, -32600, 'Invalid request', { kind: 'invalid-request' });
const unknown = (id: unknown, call: string) =>
  failure(id, -32601, 'Method not found', { kind: 'unknown-call', call });
const subtraction = { jsonrpc: '2.0', method: 'subtract', params: [42, 23] };
const notification = { jsonrpc: '2.0', method: 'instance_start', params: ['inst1'] };

/** Requests with their replies; undefined for none. A string is sent as it is. */
const CASES: readonly [string, unknown, unknown][] = [
  ['parameters by position', { ...subtraction, id: 1 }, result(1, 19)],
  [
    'parameters by name',
    { ...subtraction, params: { subtrahend: 23, minuend: 42 }, id: 'x' },
    result('x', 19),
  ],
  ['no result', { ...notification, id: 2 }, result(2, null)],
  ['no parameters', { jsonrpc: '2.0', method: 'rpc.discover', id: 1 }, result(1, { openrpc: '1' })],
  ['an id that is a fraction', { ...subtraction, id: 0.5 }, result(0.5, 19)],
  ['the id 0', { ...subtraction, id: 0 }, result(0, 19)],
  ['an empty id', { ...subtraction, id: '' }, result('', 19)],
  ['the id null', { ...subtraction, id: null }, result(null, 19)],
  ['a notification', notification, undefined],
  ['a notification of an unknown method', { jsonrpc: '2.0', method: 'nil' }, undefined],
  ['a notification that fails', { jsonrpc: '2.0', method: 'version' }, undefined],
  ['an unknown method', { jsonrpc: '2.0', method: 'nil', id: 1 }, unknown(1, 'nil')],
  ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'rpc.x', ''].map(
    (method): [string, unknown, unknown] => [
      `the method '${method}'`,
      { jsonrpc: '2.0', method, id: 1 },
      unknown(1, method),
    ],
  ),
  [
    'a call that fails',
    { jsonrpc: '2.0', method: 'version', id: 1 },
    failure(1, -32001, 'No root', { a: 1, kind: 'hypervisor' }),
  ],
  [
    'no JSON',
    '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    failure(null, -32700, 'Parse error', {
      kind: 'parse-error',
      message: 'Syntax error in JSON at character 39',
      position: 39,
    }),
  ],
  [
    'a key twice',
    '{"jsonrpc":"2.0","method":"subtract","method":"version","id":1}',
    failure(null, -32700, 'Parse error', {
      kind: 'parse-error',
      message: 'Duplicate key "method" at character 37',
      position: 37,
    }),
  ],
  ['a method that is no string', { jsonrpc: '2.0', method: 1, params: 'bar' }, invalid],
  ['another version', { ...subtraction, jsonrpc: '1.0', id: 1 }, invalid],
  ['no version', { method: 'subtract', params: [42, 23], id: 1 }, invalid],
  ['parameters that are a string', { ...subtraction, params: 'bar', id: 1 }, invalid],
  ['parameters that are a number', { ...subtraction, params: 0, id: 1 }, invalid],
  ['parameters that are null', { ...subtraction, params: null, id: 1 }, invalid],
  ['an id that is an object', { ...subtraction, id: {} }, invalid],
  ['an id that is an array', { ...subtraction, id: [1] }, invalid],
  ['an id that is a boolean', { ...subtraction, id: true }, invalid],
  ['a number', 1, invalid],
  ['null', 'null', invalid],
  ['a request within a string', JSON.stringify(JSON.stringify({ ...subtraction, id: 1 })), invalid],
  ['an empty batch', [], invalid],
  ['a batch of one number', [1], [invalid]],
  ['a batch of numbers', [1, 2, 3], [invalid, invalid, invalid]],
  ['a batch of an empty batch', [[]], [invalid]],
  [
    'batches within a batch',
    [[{ ...subtraction, id: 1 }], { ...subtraction, id: 2 }],
    [invalid, result(2, 19)],
  ],
  ['a batch of notifications', [notification, notification], undefined],
  [
    'a mixed batch',
    [
      { ...subtraction, id: '1' },
      notification,
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'nil', id: '5' },
      { ...subtraction, id: null },
      'text',
      { jsonrpc: '2.0', method: 'version', id: '9' },
    ],
    [
      result('1', 19),
      invalid,
      unknown('5', 'nil'),
      result(null, 19),
      invalid,
      failure('9', -32001, 'No root', { a: 1, kind: 'hypervisor' }),
    ],
  ],
  [
    'a batch as long as it may be',
    Array.from({ length: 100 }, (_, id) => ({ ...subtraction, id })),
    Array.from({ length: 100 }, (_, id) => result(id, 19)),
  ],
  [
    'a batch of one more',
    Array.from({ length: 101 }, (_, id) => ({ ...subtraction, id })),
    failure(null, -32099, 'Batch too long', { kind: 'batch-too-long' }),
  ],
];

describe('JSON-RPC', () => {
  let server: RpcServer;
  let directory: string;
  const transports: Record<string, object> = { HTTP: {}, 'a Unix socket': {} };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rpc-'));
    const dispatcher = fakeDispatcher(execute);
    const { logger } = recordingLogger();
    server = new RpcServer({ dispatcher, discover: () => ({ openrpc: '1' }), logger });
    const { port } = await server.listenPlain({ host: '127.0.0.1', port: 0 });
    transports['HTTP'] = { port };
    transports['a Unix socket'] = { socketPath: await server.listenUnix(join(directory, 's')) };
  });

  after(async () => {
    await server.close({ graceMs: 1000 });
    await rm(directory, { recursive: true });
  });

  const post = (transport: string, request: unknown): Promise<HttpAnswer> =>
    send(
      { ...transports[transport], path: '/jsonrpc' },
      typeof request === 'string' ? request : JSON.stringify(request),
    );

  for (const transport of Object.keys(transports))
    describe(`over ${transport}`, () => {
      for (const [what, request, reply] of CASES)
        it(`${reply === undefined ? 'does not answer' : 'answers'} ${what}`, async () => {
          const answer = await post(transport, request);
          if (reply === undefined) expect(answer).to.include({ status: 204, body: '' });
          else expect(JSON.parse(answer.body)).to.deep.equal(reply);
        });

      it('answers as JSON with status 200', async () => {
        const { status, headers } = await post(transport, { ...subtraction, id: 1 });
        expect(status).to.equal(200);
        expect(headers).to.include({ 'content-type': 'application/json' });
      });

      it('answers with status 503 and when to come again, while there is too much to do', async () => {
        const busy = { jsonrpc: '2.0', method: 'console_info', params: [{}], id: 1 };
        const refusal = failure(1, -32005, 'Too much to do', {
          retryAfterSeconds: 5,
          kind: 'busy',
        });
        for (const [request, reply] of [
          [busy, refusal],
          [
            [busy, busy],
            [refusal, refusal],
          ],
        ]) {
          const answer = await post(transport, request);
          expect(answer).to.include({ status: 503 });
          expect(answer.headers).to.include({
            'retry-after': '5',
            'content-type': 'application/json',
          });
          expect(JSON.parse(answer.body)).to.deep.equal(reply);
        }
      });

      it('answers a batch with status 200 of which a part was refused only', async () => {
        const busy = { jsonrpc: '2.0', method: 'console_info', params: [{}], id: 1 };
        for (const batch of [
          [busy, { ...subtraction, id: 2 }],
          [{ ...subtraction, id: 2 }, busy],
        ]) {
          const { status, headers, body } = await post(transport, batch);
          expect([status, headers['retry-after']]).to.deep.equal([200, undefined]);
          expect(JSON.parse(body)).to.deep.include(result(2, 19));
        }
      });

      it('executes notifications', async () => {
        NOTIFIED.length = 0;
        await post(transport, [notification, { ...subtraction, id: 1 }, notification]);
        expect(NOTIFIED).to.deep.equal([['inst1'], ['inst1']]);
      });
    });

  it('refuses a batch of 100,000 and goes on', async () => {
    const batch = Array.from({ length: 100_000 }, (_, id) => ({ ...subtraction, id }));
    expect((await post('HTTP', batch)).body).to.include('"code":-32099');
    expect((await post('HTTP', { ...subtraction, id: 1 })).body).to.include('"result":19');
  });
});
