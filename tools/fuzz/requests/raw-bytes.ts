import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';

/** Bytes that no client would send, as latin1. */
export interface RawRequest {
  /** Over TCP or the Unix socket, or within TLS as a caller who is let in. */
  readonly wire: 'tcp' | 'unix' | 'tls';
  /** Written one after the other. */
  readonly pieces: readonly string[];
  /** Whether the connection is broken off as soon as they are sent. */
  readonly endsEarly: boolean;
  /** What is odd about it, for statistics. */
  readonly change: string;
}

/** What is fuzzed beside the calls, by the names that `--calls` takes. */
export const RAW_TARGETS = ['raw-http', 'raw-tls'] as const;
export type RawTarget = (typeof RAW_TARGETS)[number];

const LINES = [
  ...['POST /version HTTP/1.1', 'POST /jsonrpc HTTP/1.1', 'POST http://h/jsonrpc HTTP/1.1'],
  ...['GET / HTTP/1.0', 'POST /version', 'POST  /version  HTTP/1.1', 'post /version HTTP/1.1'],
  ...[
    'POST /version HTTP/2.0',
    'POST /version HTTP/1.1 x',
    'PRI * HTTP/2.0',
    'CONNECT a:1 HTTP/1.1',
  ],
  ...['OPTIONS * HTTP/1.1', 'POST /\0 HTTP/1.1', 'POST /\xff\xfe HTTP/1.1', '', '\r', ' ', '\0'],
  ...[
    `POST /${'a'.repeat(20_000)} HTTP/1.1`,
    `${'A'.repeat(20_000)} / HTTP/1.1`,
    'POST /%zz HTTP/9.9',
  ],
];
const HEADERS = [
  ...[
    'Host: a',
    'Content-Length: 2',
    'Content-Length: 3',
    'Content-Length: 200',
    'Connection: close',
  ],
  ...['Content-Length: -1', 'Content-Length: 0x2', 'Content-Length: 2, 2', 'Content-Length:'],
  ...['Content-Length: 18446744073709551618', 'Content-Length : 2', ' Content-Length: 2', 'Host'],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: \x0bchunked',
  ],
  ...[
    'Expect: 100-continue',
    'Expect: x',
    'Content-Encoding: gzip',
    ': empty',
    '\0: a',
    'X: \xff\0\x7f',
  ],
  ...[
    'Upgrade: h2c',
    'Connection: upgrade',
    'Trailer: X',
    'TE: trailers',
    'Host: a\nX: b',
    'X: a\rY: b',
  ],
  ...[
    `X: ${'x'.repeat(20_000)}`,
    Array.from({ length: 3000 }, (_, at) => `A${at}: b`).join('\r\n'),
  ],
];
const BODIES = [
  ...['[]', '', '{"jsonrpc":"2.0","id":1,"method":"version"}', '2\r\n[]\r\n0\r\n\r\n', '0\r\n\r\n'],
  ...[
    '2;a=b\r\n[]\r\n0\r\nX: y\r\n\r\n',
    '-2\r\n[]\r\n',
    'fffffffffffffffff\r\n[]',
    '2\r\n[]0\r\n\r\n',
  ],
  ...[
    '2\n[]\n0\n\n',
    'g\r\n',
    '2\r\n[',
    '7fffffff\r\n[]',
    `${'0'.repeat(20_000)}2\r\n[]\r\n0\r\n\r\n`,
  ],
  ...[`2;${'x'.repeat(20_000)}\r\n[]\r\n0\r\n\r\n`, '\x1f\x8b\x08\0', '\r\n\r\n'],
];
const HEAD = 'POST /jsonrpc HTTP/1.1\r\nHost: a\r\n';
/** Proper requests, which make sense behind one another, and between others. */
const GOOD = [
  'POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]',
  `${HEAD}Content-Length: 43\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"version"}`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\n10\r\n{"jsonrpc":"2.0"\r\n1\r\n}\r\n0\r\n\r\n`,
  `${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n[]`,
  'GET /jsonrpc?x HTTP/1.1\r\nHost: a\r\n\r\n',
];
const BREAKS = ['\r\n', '\r\n', '\r\n', '\n', '\r', '\n\r', '\0\r\n'];
const RECORDS = [
  ...[
    '\x15\x03\x01\0\x02\x02\x28',
    '\x15\x03\x03\0\x02\x01\0',
    '\x14\x03\x03\0\x01\x01',
    '\x16\x03\x01\0\0',
  ],
  ...[
    '\x18\x03\x02\0\x03\x01\x40\0',
    '\x17\x03\x03\0\x10aaaaaaaaaaaaaaaa',
    '\x80\x2e\x01\0\x02',
    '\x16',
  ],
  ...[`\x16\x03\x01\xff\xff${'\0'.repeat(65_535)}`, 'GET / HTTP/1.1\r\n\r\n', '\0'.repeat(2000)],
];

/** Bytes for one of the targets. */
export function rawBytes(target: RawTarget): fc.Arbitrary<RawRequest> {
  if (target === 'raw-http') return sent(httpText(), fc.constantFrom('tcp', 'unix'), 'raw HTTP');
  return fc.oneof(
    { weight: 2, arbitrary: sent(tlsText(), fc.constant('tcp'), 'raw TLS') },
    { weight: 1, arbitrary: sent(httpText(), fc.constant('tls'), 'raw HTTP in TLS') },
  );
}

/** With bytes changed here and there, cut off, and in pieces. */
function sent(
  text: fc.Arbitrary<string>,
  wires: fc.Arbitrary<RawRequest['wire']>,
  change: string,
): fc.Arbitrary<RawRequest> {
  const place = fc.nat();
  const changes = rarely(fc.array(fc.tuple(place, byteText(0, 3)), { maxLength: 2 }), []);
  const cuts = fc.array(place, { maxLength: 3 });
  const end = rarely(place, null);
  return fc
    .tuple(text, changes, cuts, end, wires, rarely(fc.constant(true), false))
    .map(([whole, replaced, places, cutAt, wire, endsEarly]) => {
      const odd = replaced.reduce((before, [at, bytes]) => overwritten(before, at, bytes), whole);
      const kept = cutAt === null ? odd : odd.slice(0, cutAt % (odd.length + 1));
      return { wire, pieces: inPieces(kept, places), endsEarly, change };
    });
}

/** Requests behind one another, each with something odd about it. */
function httpText(): fc.Arbitrary<string> {
  const one = fc
    .tuple(
      fc.constantFrom(...LINES),
      fc.array(fc.constantFrom(...HEADERS), { maxLength: 4 }),
      fc.constantFrom(...BREAKS),
      fc.constantFrom(...BODIES),
    )
    .map(([line, headers, end, body]) => `${[line, ...headers].join(end)}${end}${end}${body}`);
  const any = fc.oneof(one, { weight: 2, arbitrary: fc.constantFrom(...GOOD) });
  return fc.array(any, { minLength: 1, maxLength: 4 }).map((requests) => requests.join(''));
}

function rarely<T, U>(odd: fc.Arbitrary<T>, usual: U): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });
}

/** A real beginning of a handshake, records of any kind, or anything at all. */
function tlsText(): fc.Arbitrary<string> {
  const record = fc.oneof(
    fc.constant(clientHello()),
    fc.constantFrom(...RECORDS),
    byteText(0, 200),
  );
  return fc.array(record, { minLength: 1, maxLength: 4 }).map((records) => records.join(''));
}

function byteText(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength, maxLength })
    .map((bytes) => Buffer.from(bytes).toString('latin1'));
}

/** The first thing that Node.js says in TLS. */
function clientHello(): string {
  let hello = '';
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      hello += chunk.toString('latin1');
      done();
    },
  });
  connect({ socket }).on('error', () => undefined);
  return hello;
}

function overwritten(text: string, at: number, bytes: string): string {
  const place = at % (text.length + 1);
  return `${text.slice(0, place)}${bytes}${text.slice(place + bytes.length)}`;
}

function inPieces(text: string, places: readonly number[]): string[] {
  const cuts = [0, ...places.map((at) => at % (text.length + 1)), text.length];
  const inOrder = cuts.toSorted((a, b) => a - b);
  return inOrder.slice(1).map((end, index) => text.slice(inOrder[index], end));
}
