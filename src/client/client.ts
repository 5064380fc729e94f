import type { CallName } from '../generated/calls.js';
import { changesNode, ganetiBody } from './call-forms.js';
import type { CallArguments, CallResult } from './call-types.js';
import { Connections, type SocketTarget, type UrlTarget } from './connections.js';
import { TransportError } from './errors.js';
import { checkedTimeout, within } from './time-limit.js';
import { type WireName, WIRES } from './wires.js';

export type { CallName, Calls } from '../generated/calls.js';
export type { CallParams, CallResult, NamedParams, OrderedParams } from './call-types.js';
export {
  CallError,
  ClientError,
  GanetiError,
  HttpError,
  JsonRpcError,
  TimeoutError,
  TransportError,
} from './errors.js';
export type { ErrorData, TransportErrorKind } from './errors.js';
export type { WireName } from './wires.js';

/** Options for any kind of connection. */
interface CommonOptions {
  /** How long calls wait for the whole answer, by default 900,000. */
  readonly timeoutMs?: number | undefined;
  /** Whether to keep connections for later calls, by default true. */
  readonly keepAlive?: boolean | undefined;
}

/** For the Unix socket, which takes only JSON-RPC. */
export interface SocketOptions extends SocketTarget, CommonOptions {
  readonly wire?: 'json-rpc' | undefined;
}

/** For HTTPS, or for HTTP on this machine. */
export interface UrlOptions extends UrlTarget, CommonOptions {
  /** By default `json-rpc`. */
  readonly wire?: WireName | undefined;
}

export type ClientOptions = SocketOptions | UrlOptions;

export interface CallOptions {
  /** How long to wait for the whole answer, by default as long as the client's other calls. */
  readonly timeoutMs?: number | undefined;
  /** Gives the call up: it fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 900_000;

/**
 * Calls one node daemon (see docs/client.md).
 *
 * A call that is given up may still run: the daemon finishes every call that it has begun.
 */
export class Client {
  readonly #wire: WireName;
  readonly #timeoutMs: number;
  readonly #connections: Connections;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @throws TypeError, RangeError, or an error of Node.js about a certificate */
  constructor(options: ClientOptions) {
    const { wire = 'json-rpc', timeoutMs = DEFAULT_TIMEOUT_MS, keepAlive = true } = options;
    if (!Object.hasOwn(WIRES, wire)) throw new TypeError(`unknown wire ${wire}`);
    if (wire === 'ganeti' && 'socketPath' in options)
      throw new TypeError("Ganeti's wire is not available on the Unix socket");
    this.#wire = wire;
    this.#timeoutMs = checkedTimeout(timeoutMs);
    this.#connections = new Connections(options, { keepAlive });
  }

  /**
   * Makes a call. Parameters are in order or by name, on either wire. The result is not checked against its type.
   *
   * @throws CallError (JsonRpcError, GanetiError, HttpError), TransportError, TimeoutError, or the signal's reason
   */
  async call<M extends CallName>(
    method: M,
    ...[params, options]: CallArguments<M, CallOptions>
  ): Promise<CallResult<M>> {
    const given = params ?? [];
    const sent = this.#wire === 'ganeti' ? ganetiBody(method, given) : given;
    return this.request(method, sent, options);
  }

  /**
   * Makes a call without types, such as `rpc.discover`. The parameters are sent as they are: on Ganeti's wire they are the
   * body.
   *
   * @throws the same as `call`
   */
  async request(
    method: string,
    params: unknown = [],
    { timeoutMs = this.#timeoutMs, signal }: CallOptions = {},
  ): Promise<unknown> {
    if (this.#isClosed)
      throw new TransportError('closed', 'the client is closed', { code: 'ERR_CLIENT_CLOSED' });
    const wire = WIRES[this.#wire];
    const message = wire.message(method, params);
    const isRepeatable = !changesNode(method);
    const work = within({ method, timeoutMs, signal }, (limit) =>
      this.#connections.post({ ...message, isRepeatable, signal: limit }),
    );
    this.#running.add(work);
    try {
      return wire.result(method, await work);
    } finally {
      this.#running.delete(work);
    }
  }

  /** Waits for the running calls and closes all connections. The client makes no further calls. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    this.#connections.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
