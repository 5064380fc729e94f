import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type jayson from 'jayson';
import type { JSONRPCRequest, JSONRPCResponse, RequestParamsLike } from 'jayson';
import { JSON_RPC_ERRORS, type WireFailureKind } from '../../generated/failures.js';
import type { OverloadError } from '../admission/overload-error.js';
import type { CallContext } from '../dispatcher.js';
import { type HttpReply, jsonReply } from '../http/reply.js';
import { type JsonRpcError, toJsonRpcError } from './json-rpc-errors.js';
import { parseJson } from './strict-json.js';

/** What the wire does with calls (see Dispatcher). */
export interface JsonRpcDispatcher {
  dispatch(name: string, params: unknown, context: CallContext): Promise<unknown>;
}

export interface JsonRpcParts {
  readonly dispatcher: JsonRpcDispatcher;
  /** Makes the OpenRPC document, the answer to `rpc.discover`. */
  readonly discover: () => unknown;
  readonly limits: { readonly maxJsonDepth: number; readonly maxBatchLength: number };
}

const load = createRequire(import.meta.url);

interface Reply {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly result?: unknown;
  readonly error?: Omit<JsonRpcError, 'data'> & { readonly data?: unknown };
}

/** JSON-RPC 2.0 over the dispatcher: jayson knows the protocol, we know the calls. */
export class JsonRpcWire {
  readonly #parts: JsonRpcParts;
  #server: jayson.Server | undefined;
  /** Stands for the id `null` on the way through jayson, which would take such a request for a notification. */
  readonly #nullId = randomUUID();

  constructor(parts: JsonRpcParts) {
    this.#parts = parts;
  }

  /** Without a body when no reply is due, because all were notifications. */
  async answer(body: Buffer, context: CallContext): Promise<HttpReply> {
    let request: unknown;
    try {
      request = parseJson(body, { maxDepth: this.#parts.limits.maxJsonDepth });
    } catch (error) {
      return jsonReply(serialize(withoutId(error)));
    }
    const reply = await this.#call(this.#prepare(request), context);
    if (reply === undefined) return { status: 204 };
    const finished = Array.isArray(reply) ? reply.map(this.#finish) : this.#finish(reply);
    return { ...jsonReply(serialize(finished)), ...overloadOf(finished) };
  }

  /** The reply to a request that was not even read. */
  overloaded(error: OverloadError): HttpReply {
    const reply = withoutId(error);
    return { ...jsonReply(serialize(reply)), ...overloadOf(reply) };
  }

  #call(request: unknown, context: CallContext): Promise<Reply | Reply[] | undefined> {
    return new Promise((resolve) => {
      this.#server ??= this.#loadServer();
      this.#server.call(request as JSONRPCRequest, context, (failure, success) => {
        resolve((failure ?? success) as unknown as Reply | Reply[] | undefined);
      });
    });
  }

  /** Only when somebody speaks JSON-RPC: a node of a cluster is hardly ever asked so. */
  #loadServer(): jayson.Server {
    const { Method, Server } = load('jayson') as typeof jayson;
    // jayson has no methods of its own here: the router takes any name, so that no name finds a prototype's member.
    return new Server(
      {},
      {
        maxBatchLength: this.#parts.limits.maxBatchLength,
        router: (name) => new Method(this.#handlerOf(name), { useContext: true }),
      },
    );
  }

  #handlerOf(name: string): jayson.MethodHandlerContext {
    return (
      params: RequestParamsLike,
      context: object,
      callback: (error?: JsonRpcError | null, result?: unknown) => void,
    ) => {
      this.#execute(name, params, context as CallContext).then(
        (result) => {
          callback(null, result);
        },
        (error: unknown) => {
          callback(toJsonRpcError(error));
        },
      );
    };
  }

  async #execute(name: string, params: RequestParamsLike, context: CallContext): Promise<unknown> {
    if (name === 'rpc.discover') return this.#parts.discover();
    return this.#parts.dispatcher.dispatch(name, params ?? [], context);
  }

  /**
   * Mends what jayson reads differently from the specification: it would parse a string again, never answer a batch
   * within a batch, and take the id `null` for no id.
   */
  #prepare(request: unknown): unknown {
    return Array.isArray(request) ? request.map(this.#prepareOne) : this.#prepareOne(request);
  }

  readonly #prepareOne = (request: unknown): unknown => {
    if (typeof request !== 'object' || request === null || Array.isArray(request)) return null;
    return 'id' in request && request.id === null ? { ...request, id: this.#nullId } : request;
  };

  /** Takes the stand-in back and gives jayson's own errors the `data` that all of ours have. */
  readonly #finish = (reply: Reply): Reply => {
    const { jsonrpc, error } = reply;
    const id = reply.id === this.#nullId ? null : reply.id;
    if (error === undefined || error.data !== undefined) return { ...reply, id };
    const [kind, { code, message }] = rowOf(error.code);
    return { jsonrpc, error: { code, message, data: { kind } }, id };
  };
}

/** The row of an error that jayson made: nothing but these. */
function rowOf(code: number) {
  const kind: WireFailureKind =
    code === JSON_RPC_ERRORS['batch-too-long'].code ? 'batch-too-long' : 'invalid-request';
  return [kind, JSON_RPC_ERRORS[kind]] as const;
}

function withoutId(error: unknown): Reply {
  return { jsonrpc: '2.0', id: null, error: toJsonRpcError(error) };
}

/** A batch of which anything was done is answered as usual: its errors say which calls to repeat. */
function overloadOf(reply: Reply | Reply[]): Pick<HttpReply, 'status' | 'retryAfterSeconds'> {
  const waits = [reply].flat().map(({ error }) => retryAfterOf(error?.data));
  const [retryAfterSeconds] = waits;
  if (retryAfterSeconds === undefined || waits.includes(undefined)) return { status: 200 };
  return { status: 503, retryAfterSeconds };
}

function retryAfterOf(data: unknown): number | undefined {
  const { retryAfterSeconds } = (data ?? {}) as { retryAfterSeconds?: unknown };
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined;
}

function serialize(reply: Reply | Reply[]): string {
  return JSON.stringify(reply satisfies JSONRPCResponse | JSONRPCResponse[] | Reply | Reply[]);
}
