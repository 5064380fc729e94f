import { JSON_RPC_ERRORS } from '../../src/generated/failures.js';
import { isJsonRpcTarget } from '../../src/rpc/wires/json-rpc.js';
import type { LogLine } from '../kit/log-line.js';
import type { FuzzRequest } from './requests/requests.js';
import type { FuzzReply } from './requests/sending.js';

/** What became of a request, for statistics: `done`, the kind of a refusal, or `HTTP 404`. */
export type Outcome = string;

/** A verdict on a reply, and what the call answered if it is to be held against the schema of its result. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly result?: unknown;
}

/** A property that does not hold. */
export class Violation extends Error {
  constructor(what: string, shown = '') {
    super(shown === '' ? what : `${what}: ${shown.slice(0, SHOWN_LENGTH)}`);
    this.name = 'Violation';
  }
}

const SHOWN_LENGTH = 2000;
/** What the daemon may refuse over HTTP: method, path, encoding, too long, headers too long, expectation. */
const REFUSALS = [400, 404, 405, 413, 415, 417, 431];
/** What may be answered to bytes that are no proper request. */
const RAW_ANSWERS = [...REFUSALS, 100, 200, 204, 408, 503];
/** Whatever the place, these are mistakes of ours and not of the caller. */
const MISTAKE =
  /\n\s+at .+:\d+:\d+|Cannot read propert|is not a function|is not iterable|\[object Object\]/;
const INTERNAL = /^internal( error)?$/i;
const STDERR = 'stderr';

/** Checks that a reply has the form that its wire asks for, and that a refusal says why. */
export function judgeReply(request: FuzzRequest, reply: FuzzReply): Verdict {
  const { status, body } = reply;
  if (status >= 400 || (status !== 200 && status !== 204))
    return { outcome: judgeRefusal(request, reply) };
  if (status === 204) {
    if (request.wire === 'ganeti' || body !== '') throw new Violation('204 with a body', body);
    return { outcome: 'notification' };
  }
  if (!reply.contentType.startsWith('application/json'))
    throw new Violation('200 that is not JSON', reply.contentType);
  return isJsonRpcTarget(request.path) ? judgeJsonRpc(body) : judgeGaneti(body);
}

/** Checks what came over a connection with raw HTTP: any number of replies. */
export function judgeRaw(text: string): Outcome {
  if (text === '') return 'no reply';
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  if (!text.startsWith('HTTP/1.1 ')) throw new Violation('no reply of HTTP', text);
  const odd = statuses.filter((status) => !RAW_ANSWERS.includes(status));
  if (odd.length > 0) throw new Violation(`unexpected HTTP ${odd.join()}`, text);
  if (MISTAKE.test(text)) throw new Violation('a mistake of ours', text);
  return `HTTP ${String(statuses[0])}`;
}

/** Checks what the daemon has logged during a request: calls may fail, the daemon may not. */
export function judgeLog(lines: readonly LogLine[]): void {
  for (const line of lines) {
    const isMistake =
      line['kind'] === 'internal' ||
      line.message === STDERR ||
      line.level === STDERR ||
      /unhandledRejection|uncaughtException|reply failed/.test(line.message);
    if (isMistake) throw new Violation('a mistake of ours in the log', JSON.stringify(line));
  }
}

function judgeRefusal({ method }: FuzzRequest, { status, body }: FuzzReply): Outcome {
  if (!REFUSALS.includes(status)) throw new Violation(`unexpected HTTP ${status}`, body);
  // Node itself answers to what is no HTTP, and with headers that are too long, without a page.
  const isOurs = status !== 431 && status !== 417 && method !== 'HEAD';
  if (isOurs && status !== 400 && body === '')
    throw new Violation(`HTTP ${status} without a reason`);
  if (MISTAKE.test(body)) throw new Violation(`HTTP ${status} with a mistake of ours`, body);
  return `HTTP ${status}`;
}

function judgeGaneti(body: string): Verdict {
  if (!/^[ -~]*\n$/.test(body)) throw new Violation('not one line of ASCII', body);
  const reply = parsed(body);
  if (!Array.isArray(reply) || reply.length !== 2 || typeof reply[0] !== 'boolean')
    throw new Violation('no pair of success and payload', body);
  if (reply[0]) return { outcome: 'done', result: reply[1] as unknown };
  judgeMessage(reply[1], body);
  return { outcome: 'refused' };
}

function judgeJsonRpc(body: string): Verdict {
  const reply = parsed(body);
  if (!Array.isArray(reply)) return judgeResponse(reply, body);
  if (reply.length === 0) throw new Violation('an empty batch', body);
  for (const one of reply) judgeResponse(one, body);
  return { outcome: 'batch' };
}

function judgeResponse(reply: unknown, body: string): Verdict {
  if (typeof reply !== 'object' || reply === null) throw new Violation('no object', body);
  const { jsonrpc, id, error, ...rest } = reply as Readonly<Record<string, unknown>>;
  if (jsonrpc !== '2.0') throw new Violation('no version', body);
  if (id !== null && typeof id !== 'string' && typeof id !== 'number')
    throw new Violation('a bad id', body);
  if ((error === undefined) !== 'result' in rest)
    throw new Violation('neither result nor error, or both', body);
  if (error === undefined) return { outcome: 'done', result: rest['result'] };
  return { outcome: judgeError(error, body) };
}

function judgeError(error: unknown, body: string): Outcome {
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  const { kind } = (data ?? {}) as { kind?: unknown };
  const row = Object.entries(JSON_RPC_ERRORS).find(([name]) => name === kind);
  if (row?.[1].code !== code) throw new Violation('a code that is not that of its kind', body);
  if (kind === 'internal') throw new Violation('an internal error', body);
  judgeMessage(message, body);
  return String(kind);
}

function judgeMessage(message: unknown, body: string): void {
  if (typeof message !== 'string' || message.trim() === '') throw new Violation('no reason', body);
  if (INTERNAL.test(message) || MISTAKE.test(message))
    throw new Violation('a reason that names a mistake of ours', body);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Violation('not JSON', body);
  }
}
