import { JSON_RPC_ERRORS } from '../generated/failures.js';

/** Details of an error for programs. */
export type ErrorData = Readonly<Record<string, unknown>>;

export interface ErrorParts {
  readonly code: number | string;
  readonly kind: string;
  readonly data?: ErrorData | undefined;
  readonly cause?: unknown;
}

/** Any failure of a call: `code`, `kind` and `data` are for programs, the message is for people. */
export class ClientError extends Error {
  readonly code: number | string;
  readonly kind: string;
  readonly data: ErrorData;

  constructor(message: string, { code, kind, data = {}, cause }: ErrorParts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.kind = kind;
    this.data = data;
  }
}

/** The daemon has answered that the call failed, or has rejected it. */
export class CallError extends ClientError {}

/** The error of a JSON-RPC reply. docs/reference.md lists codes and kinds; `data` is as received, with the kind in it. */
export class JsonRpcError extends CallError {
  declare readonly code: number;
}

/** The kinds of failures that Ganeti's wire distinguishes. */
type GanetiErrorKind = 'failed' | 'unknown-call' | 'busy';

/** The failure of a call on Ganeti's wire, which sends a message and nothing else. */
export class GanetiError extends CallError {
  declare readonly kind: GanetiErrorKind;

  constructor(kind: GanetiErrorKind, message: string, data?: ErrorData) {
    super(message, { code: JSON_RPC_ERRORS[kind].code, kind, data });
  }
}

/** Any other HTTP status: it is the `code`. */
export class HttpError extends CallError {
  declare readonly code: number;

  constructor(status: number) {
    super(`HTTP status ${String(status)}`, { code: status, kind: 'http-status' });
  }
}

/** Why there is no answer. */
export type TransportErrorKind =
  /** No connection could be made; the call has not begun. */
  | 'unreachable'
  /** The connection ended before the answer; the call may have begun, and may still run. */
  | 'connection-lost'
  /** The answer is malformed. */
  | 'bad-reply'
  /** The client is closed; the call has not begun. */
  | 'closed';

/** There is no usable answer. `code` is the code of Node.js, such as ECONNREFUSED, if there is one. */
export class TransportError extends ClientError {
  declare readonly kind: TransportErrorKind;
  declare readonly code: string;

  constructor(
    kind: TransportErrorKind,
    message: string,
    { code = 'ERR_TRANSPORT', cause }: { code?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { code, kind, cause });
  }
}

/** There was no answer in time. The daemon finishes a call that it has begun. */
export class TimeoutError extends ClientError {
  declare readonly kind: 'timeout';

  constructor(method: string, timeoutMs: number) {
    super(`${method}: no answer within ${String(timeoutMs / 1000)} s`, {
      code: 'ETIMEDOUT',
      kind: 'timeout',
      data: { timeoutMs },
    });
  }
}
