import fc from 'fast-check';
import type { CallSchema } from '../../../src/rpc/schemas/call-schemas.js';
import { hostileValue, rawJson } from './hostile-values.js';
import { mutated, type Parameters } from './mutation.js';
import type { SchemaArbitraries } from './schema-arbitrary.js';

/** The three ways to the daemon. */
export type Wire = 'ganeti' | 'json-rpc' | 'unix';

/** An HTTP request as it is sent. */
export interface FuzzRequest {
  readonly wire: Wire;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Each character is a byte if `isBinary`, else text. */
  readonly body: string;
  readonly isBinary: boolean;
  /** What is odd about it, for statistics. */
  readonly change: string;
}

const WIRES: readonly Wire[] = ['ganeti', 'json-rpc', 'unix'];
const METHODS = ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'content-type': 'text/html; charset=utf-7' },
  { 'content-encoding': 'gzip' },
  { expect: '100-continue' },
  { expect: 'something-else' },
  { 'transfer-encoding': 'chunked' },
  { connection: 'upgrade', upgrade: 'websocket' },
  { connection: 'close' },
  { 'x-long': 'x'.repeat(20_000) },
  { authorization: 'Basic cm9vdDpyb290' },
  { host: '' },
  { range: 'bytes=0-1' },
];
const IDS: readonly unknown[] = [1, 'id', null, 0.5, -1, '', 2 ** 53];

/** Requests for one call: most of them with one thing wrong, in the parameters or around them. */
export function requestsFor(
  call: CallSchema,
  schemas: SchemaArbitraries,
): fc.Arbitrary<FuzzRequest> {
  const named = call.params.map(
    ({ schema, name }) => [name, schemas.valuesOf(schema, name)] as const,
  );
  const values = named.map(([, value]) => value);
  const positional = mutated(fc.tuple(...values));
  const byName = mutated(fc.record(Object.fromEntries(named), { noNullPrototype: true }));
  const body = call.body === 'whole' && values[0] !== undefined ? mutated(values[0]) : positional;
  const plain = fc
    .constantFrom(...WIRES)
    .chain((wire) =>
      wire === 'ganeti'
        ? body.map((parameters) => overGaneti(call.name, parameters))
        : fc
            .tuple(fc.oneof(positional, byName), envelope())
            .map(([parameters, wrap]) => overJsonRpc(wire, call.name, parameters, wrap)),
    );
  return fc.oneof({ weight: 9, arbitrary: plain }, plain.chain(withOddHttp));
}

function overGaneti(name: string, { json, change }: Parameters): FuzzRequest {
  return { ...post('ganeti', `/${name}`, json), change };
}

type Envelope = (name: string, parameters: string) => { body: string; change?: string };

function overJsonRpc(
  wire: Wire,
  name: string,
  parameters: Parameters,
  wrap: Envelope,
): FuzzRequest {
  const { body, change = parameters.change } = wrap(name, parameters.json);
  return { ...post(wire, '/jsonrpc', body), change };
}

function post(wire: Wire, path: string, body: string): Omit<FuzzRequest, 'change'> {
  return { wire, method: 'POST', path, headers: {}, body, isBinary: false };
}

/** What is put around the parameters: mostly what belongs there. */
function envelope(): fc.Arbitrary<Envelope> {
  const ids = fc.constantFrom(...IDS);
  return fc.oneof(
    { weight: 10, arbitrary: ids.map(rightEnvelope) },
    { weight: 1, arbitrary: fc.constant<Envelope>(notification) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }).map(batch) },
    { weight: 1, arbitrary: fc.tuple(memberName(), rawJson()).map(wrongMember) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(memberName(), hostileValue())
        .map(([name, value]) => wrongMember([name, JSON.stringify(value ?? null)])),
    },
  );
}

function rightEnvelope(id: unknown): Envelope {
  return (name, parameters) => ({ body: message({ id: JSON.stringify(id) }, name, parameters) });
}

function notification(name: string, parameters: string): { body: string; change: string } {
  return { body: message({}, name, parameters), change: 'notification' };
}

/** The same call several times, with a notification and what is no request in between. */
function batch(count: number): Envelope {
  return (name, parameters) => {
    const calls = Array.from({ length: count }, (_, id) =>
      message(id === 1 ? {} : { id: String(id) }, name, parameters),
    );
    return { body: `[${[...calls, ...(count === 3 ? ['7'] : [])].join(',')}]`, change: 'batch' };
  };
}

function memberName(): fc.Arbitrary<string> {
  return fc.constantFrom('jsonrpc', 'method', 'id', 'params', 'more');
}

function wrongMember([member, json]: readonly [string, string]): Envelope {
  return (name, parameters) => ({
    body: message({ id: '1', [member]: json }, name, parameters),
    change: `envelope ${member}`,
  });
}

/** @param members JSON by name, in place of what belongs there or besides it */
function message(
  members: Readonly<Record<string, string>>,
  method: string,
  parameters: string,
): string {
  const all = { jsonrpc: '"2.0"', method: JSON.stringify(method), params: parameters, ...members };
  return `{${Object.entries(all)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}

/** The request with something odd about it that is no matter of JSON. */
function withOddHttp(request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    fc.constantFrom(...METHODS).map((method) => ({ ...request, method, change: 'HTTP method' })),
    fc.constantFrom(...HEADERS).map((headers) => ({ ...request, headers, change: 'HTTP header' })),
    oddPath().map((path) => ({ ...request, path, change: 'HTTP path' })),
    fc.nat().map((at) => ({
      ...request,
      body: request.body.slice(0, at % (request.body.length + 1)),
      change: 'cut body',
    })),
    fc
      .tuple(fc.nat(), fc.constantFrom('\xff', '\xc0\x80', '\0', '\xed\xa0\x80', '\xef\xbb\xbf'))
      .map(([at, bytes]) => withBytes(request, at, bytes)),
  );
}

function oddPath(): fc.Arbitrary<string> {
  return fc.constantFrom(
    ...[
      '/',
      '//',
      '/constructor',
      '/__proto__',
      '/version/',
      '/Version',
      '/jsonrpc/',
      '/jsonrpc?x',
    ],
    ...[
      '/%2e%2e/etc/passwd',
      '/../version',
      '/version#',
      '*',
      `/${'a'.repeat(5000)}`,
      '/version%00',
    ],
  );
}

/** Bytes that are no UTF-8, in the middle of the body. */
function withBytes(request: FuzzRequest, at: number, bytes: string): FuzzRequest {
  const latin1 = Buffer.from(request.body).toString('latin1');
  const place = at % (latin1.length + 1);
  const body = `${latin1.slice(0, place)}${bytes}${latin1.slice(place)}`;
  return { ...request, body, isBinary: true, change: 'bad bytes' };
}
