import type { IncomingHttpHeaders } from 'node:http';
import { GanetiError, HttpError, JsonRpcError, TransportError } from './errors.js';
import { parseExactly, stringifyExactly } from './exact-json.js';

/** What is sent to the daemon. */
export interface Message {
  readonly path: string;
  readonly body: string;
}

/** What comes back. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a call is written, and how its reply is read. */
interface Wire {
  message(method: string, params: unknown): Message;
  /** @throws CallError when the call failed, TransportError when the reply is malformed */
  result(method: string, reply: Reply): unknown;
}

const OK = 200;
const NOT_FOUND = 404;
const TOO_BUSY = 503;

export const WIRES = {
  'json-rpc': {
    message: (method, params) => ({
      path: '/jsonrpc',
      body: stringifyExactly({ jsonrpc: '2.0', id: 1, method, params }),
    }),
    result: (_method, { status, body }) => {
      // An overloaded daemon explains itself in the body, too.
      if (status !== OK && status !== TOO_BUSY) throw new HttpError(status);
      const reply = parsed(body);
      if (isObject(reply) && isObject(reply['error'])) throw jsonRpcError(reply['error']);
      if (!isObject(reply) || !('result' in reply)) throw badReply('not a JSON-RPC reply');
      return reply['result'];
    },
  },
  ganeti: {
    message: (method, params) => ({
      path: `/${encodeURIComponent(method)}`,
      body: stringifyExactly(params),
    }),
    result: (method, { status, headers, body }) => {
      if (status === NOT_FOUND) throw new GanetiError('unknown-call', `unknown call ${method}`);
      if (status === TOO_BUSY)
        throw new GanetiError(
          'busy',
          'the daemon is overloaded; try again later',
          retryAfter(headers),
        );
      if (status !== OK) throw new HttpError(status);
      const reply = parsed(body);
      if (!Array.isArray(reply) || typeof reply[0] !== 'boolean')
        throw badReply("not a reply of Ganeti's wire");
      const [isSuccess, payload] = reply as [boolean, unknown];
      if (!isSuccess) throw new GanetiError('failed', String(payload));
      return payload;
    },
  },
} as const satisfies Record<string, Wire>;

export type WireName = keyof typeof WIRES;

function jsonRpcError({ code, message, data }: Record<string, unknown>): JsonRpcError {
  if (typeof code !== 'number' || typeof message !== 'string')
    throw badReply('not a JSON-RPC error');
  const details = isObject(data) ? data : {};
  const kind = typeof details['kind'] === 'string' ? details['kind'] : 'unknown';
  return new JsonRpcError(message, { code, kind, data: details });
}

function retryAfter(headers: IncomingHttpHeaders): Record<string, unknown> {
  const retryAfterSeconds = Number(headers['retry-after']);
  return Number.isNaN(retryAfterSeconds) ? {} : { retryAfterSeconds };
}

function parsed(body: string): unknown {
  try {
    return parseExactly(body);
  } catch (error) {
    throw badReply('not JSON', error);
  }
}

function badReply(what: string, cause?: unknown): TransportError {
  return new TransportError('bad-reply', `the answer is ${what}`, {
    code: 'ERR_BAD_REPLY',
    cause,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
