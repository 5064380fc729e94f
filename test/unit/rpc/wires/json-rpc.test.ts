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
const invalid = (id: unknown, data: object = {}) =>
  failure(id, -32600, 'Invalid request', { kind: 'invalid-request', ...data });
const wrongMember = (id: unknown, member: string, message: string) =>
  invalid(id, { member, message });
const noObject = invalid(null, { message: 'A request must be an object' });
const wrongVersion = (id: unknown) => wrongMember(id, 'jsonrpc', 'must be "2.0"');
const wrongParams = wrongMember(1, 'params', 'must be an array or an object');
const wrongId = wrongMember(null, 'id', 'must be a string, a number or null');
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
    failure(1, -32700, 'Parse error', {
      kind: 'parse-error',
      message: 'Duplicate key "method" at character 37',
      position: 37,
    }),
  ],
  [
    'a method that is no string',
    { jsonrpc: '2.0', method: 1, params: 'bar' },
    wrongMember(null, 'method', 'must be a string'),
  ],
  ['another version', { ...subtraction, jsonrpc: '1.0', id: 1 }, wrongVersion(1)],
  ['no version', { method: 'subtract', params: [42, 23], id: 'x' }, wrongVersion('x')],
  ['parameters that are a string', { ...subtraction, params: 'bar', id: 1 }, wrongParams],
  ['parameters that are a number', { ...subtraction, params: 0, id: 1 }, wrongParams],
  ['parameters that are null', { ...notification, params: null, id: 1 }, result(1, null)],
  ['a notification whose parameters are null', { ...notification, params: null }, undefined],
  ['an id that is an object', { ...subtraction, id: {} }, wrongId],
  ['an id that is an array', { ...subtraction, id: [1] }, wrongId],
  ['an id that is a boolean', { ...subtraction, id: true }, wrongId],
  ['a number', 1, noObject],
  ['null', 'null', noObject],
  [
    'a request within a string',
    JSON.stringify(JSON.stringify({ ...subtraction, id: 1 })),
    noObject,
  ],
  ['an empty batch', [], invalid(null)],
  ['a batch of one number', [1], [noObject]],
  ['a batch of numbers', [1, 2, 3], [noObject, noObject, noObject]],
  ['a batch of an empty batch', [[]], [noObject]],
  [
    'batches within a batch',
    [[{ ...subtraction, id: 1 }], { ...subtraction, id: 2 }],
    [noObject, result(2, 19)],
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
      wrongVersion(null),
      unknown('5', 'nil'),
      result(null, 19),
      noObject,
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

  /** Ids as they are written in a request, each with a mistake of that request. */
  const written = ['9007199254740993', '-18446744073709551616', '1e400', '0.10000000000000000001'];
  for (const id of [...written, '"\\u00e9\\"1"', '" "', '7'])
    it(`gives the id ${id} back as it is`, async () => {
      // A text may be written in several ways.
      const expectId = (body: string, more: string) => {
        const text = id.startsWith('"') ? JSON.stringify(JSON.parse(id)) : id;
        expect(
          [`"id":${id},${more}`, `"id":${text},${more}`].some((one) => body.includes(one)),
          body,
        ).to.be.true;
      };
      const request = (more: string) => `{"jsonrpc":"2.0", "id" : ${id},${more}}`;
      const good = request('"method":"subtract","params":[42,23]');
      const late = `{"jsonrpc":"2.0","method":"subtract","params":[1e999,"\\"id\\":1"],"id":${id} }`;
      const bodies = [request('"method":"nil"'), request('"method":1'), request('"method":[01]')];
      for (const body of [...bodies, request('"method":"x'), late])
        expectId((await post('HTTP', body)).body, '"error"');
      // A number that is too large is a mistake of the whole body.
      if (id === '1e400') return;
      expectId((await post('HTTP', good)).body, '"result":19}');
      const batch = await post('HTTP', `[1,${good},{"a":[{"id":1}]},${good}]`);
      const same = JSON.parse(id) as unknown;
      expect(JSON.parse(batch.body)).to.have.deep.members([
        noObject,
        result(same, 19),
        wrongVersion(null),
        result(same, 19),
      ]);
      if (!id.startsWith('"')) expect(batch.body.split(`"id":${id},`)).to.have.length(3);
    });

  for (const body of [
    '{"id":1,"id":2,"method":"x"}',
    '{"jsonrpc":"2.0","params":{"id":1},"method"}',
    '[{"jsonrpc":"2.0","id":1,"method":"version"},{"jsonrpc"]',
    '{"jsonrpc":"2.0","id":1',
    '{"jsonrpc":"2.0","id":"1',
    '{"jsonrpc":"2.0","id":01,"method":"x"}',
  ])
    it(`gives no id back where it can't be told: ${body}`, async () => {
      expect((await post('HTTP', body)).body).to.contain('"id":null,"error":{"code":-32700');
    });

  it('refuses a batch of 100,000 and goes on', async () => {
    const batch = Array.from({ length: 100_000 }, (_, id) => ({ ...subtraction, id }));
    expect((await post('HTTP', batch)).body).to.include('"code":-32099');
    expect((await post('HTTP', { ...subtraction, id: 1 })).body).to.include('"result":19');
  });
});
