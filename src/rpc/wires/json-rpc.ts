import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type jayson from 'jayson';
import type { JSONRPCRequest, RequestParamsLike } from 'jayson';
import { JSON_RPC_ERRORS, type WireFailureKind } from '../../generated/failures.js';
import type { OverloadError } from '../admission/overload-error.js';
import type { CallContext } from '../dispatcher.js';
import { InvalidRequestError } from '../failures.js';
import { type HttpReply, jsonReply } from '../http/reply.js';
import { type JsonRpcError, toJsonRpcError } from './json-rpc-errors.js';
import { requestIds, startsBatch } from './request-ids.js';
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

/** As any client may write it: with a slash at its end, a query, or a host before it. */
const TARGET = /^(?:https?:\/\/[^/?#]*)?\/jsonrpc\/?(?:\?.*)?$/;

const load = createRequire(import.meta.url);

/** A reply without its id. */
interface Outcome {
  readonly result?: unknown;
  readonly error?: Omit<JsonRpcError, 'data'> & { readonly data?: unknown };
}

/** A reply of jayson's; its id is the place of the request in the batch. */
interface Reply extends Outcome {
  readonly id: string | null;
}

/** Ids as they stood in the requests, by the place of these. */
type Ids = readonly (string | undefined)[];

/** JSON-RPC 2.0 over the dispatcher: jayson knows the protocol, we know the calls. */
export class JsonRpcWire {
  readonly #parts: JsonRpcParts;
  #server: jayson.Server | undefined;
  /** The method that jayson is asked for in place of a request that is none: it fails with the reason. */
  readonly #noRequest = randomUUID();

  constructor(parts: JsonRpcParts) {
    this.#parts = parts;
  }

  /** Without a body when no reply is due, because all were notifications. */
  async answer(body: Buffer, context: CallContext): Promise<HttpReply> {
    let request: unknown;
    try {
      request = parseJson(body, { maxDepth: this.#parts.limits.maxJsonDepth });
    } catch (error) {
      const [id] = startsBatch(body) ? [] : requestIds(body, false);
      return jsonReply(written({ error: toJsonRpcError(error) }, id));
    }
    const ids = idsOf(request, body);
    const reply = await this.#call(this.#prepare(request), context);
    if (reply === undefined) return { status: 204 };
    const texts = [reply].flat().map((one) => written(withData(one), ids[Number(one.id ?? NaN)]));
    const text = Array.isArray(reply) ? `[${texts.join()}]` : texts.join();
    return { ...jsonReply(text), ...overloadOf(reply) };
  }

  /** The reply to a request that was not even read. */
  overloaded(error: OverloadError): HttpReply {
    const reply = { error: toJsonRpcError(error) };
    return { ...jsonReply(written(reply)), ...overloadOf(reply) };
  }

  /** The reply to a request that is wrong whatever its body, or undefined. */
  refusalOf(method: string, target: string, encoding = 'identity'): HttpReply | undefined {
    if (!isJsonRpcTarget(target)) return this.refusal(404, 'JSON-RPC is at /jsonrpc');
    if (method !== 'POST')
      return { ...this.refusal(405, 'Only the POST method is supported'), allow: 'POST' };
    if (encoding.toLowerCase() !== 'identity')
      return this.refusal(415, 'A body must come without Content-Encoding');
    return undefined;
  }

  /** The reply to a request that is wrong as one of HTTP. */
  refusal(status: number, message: string): HttpReply {
    const kind: WireFailureKind = status === 500 ? 'internal' : 'invalid-request';
    return { ...jsonReply(written({ error: errorOf(kind, { message }) })), status };
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
    if (name === this.#noRequest && Array.isArray(params)) {
      const [wrong] = params as unknown[];
      if (wrong instanceof InvalidRequestError) throw wrong;
    }
    if (name === 'rpc.discover') return this.#parts.discover();
    return this.#parts.dispatcher.dispatch(name, params ?? [], context);
  }

  #prepare(request: unknown): unknown {
    return Array.isArray(request) ? request.map(this.#prepareOne) : this.#prepareOne(request, 0);
  }

  /**
   * What jayson is given for a request. It would parse a string again, never answer a batch within a batch, take the id
   * `null` for no id, and lose the id of what is no request.
   */
  readonly #prepareOne = (request: unknown, place: number): object => {
    const asked = { jsonrpc: '2.0', id: String(place) };
    const wrong = objectionTo(request);
    if (wrong !== undefined) return { ...asked, method: this.#noRequest, params: [wrong] };
    const { id, method, params } = request as Readonly<Record<string, unknown>>;
    // Some clients send `null` for no parameters.
    const call = { jsonrpc: '2.0', method, ...(params === null ? {} : { params }) };
    return id === undefined ? call : { ...call, ...asked };
  };
}

/** Whether the target of an HTTP request is that of JSON-RPC. */
export function isJsonRpcTarget(target: string): boolean {
  return TARGET.test(target);
}

/** What makes a value no request. */
function objectionTo(request: unknown): InvalidRequestError | undefined {
  if (typeof request !== 'object' || request === null || Array.isArray(request))
    return new InvalidRequestError('A request must be an object');
  const { jsonrpc, id, method, params } = request as Readonly<Record<string, unknown>>;
  if (jsonrpc !== '2.0') return new InvalidRequestError('must be "2.0"', 'jsonrpc');
  if (typeof method !== 'string') return new InvalidRequestError('must be a string', 'method');
  if (params !== undefined && typeof params !== 'object')
    return new InvalidRequestError('must be an array or an object', 'params');
  if (id !== undefined && !isId(id))
    return new InvalidRequestError('must be a string, a number or null', 'id');
  return undefined;
}

function isId(id: unknown): id is string | number | null {
  return typeof id === 'string' || typeof id === 'number' || id === null;
}

/** Numbers are looked up in the body where they could come back as others. */
function idsOf(request: unknown, body: Buffer): Ids {
  const ids = [request].flat().map((one: unknown) => {
    const { id } = (one ?? {}) as { id?: unknown };
    return isId(id) ? id : undefined;
  });
  const areExact = ids.every((id) => typeof id !== 'number' || Number.isSafeInteger(id));
  const exact = areExact ? [] : requestIds(body, Array.isArray(request));
  return ids.map((id, place) => (id === undefined ? id : (exact[place] ?? JSON.stringify(id))));
}

/** jayson's own errors (an empty batch, one that is too long) get the `data` that all of ours have. */
function withData({ result, error }: Reply): Outcome {
  if (error === undefined) return { result };
  if (error.data !== undefined) return { error };
  const kind: WireFailureKind =
    error.code === JSON_RPC_ERRORS['batch-too-long'].code ? 'batch-too-long' : 'invalid-request';
  return { error: errorOf(kind) };
}

function errorOf(kind: WireFailureKind, data: object = {}): JsonRpcError {
  const { code, message } = JSON_RPC_ERRORS[kind];
  return { code, message, data: { kind, ...data } };
}

/** @param id as JSON */
function written(outcome: Outcome, id = 'null'): string {
  return `{"jsonrpc":"2.0","id":${id},${JSON.stringify(outcome).slice(1)}`;
}

/** A batch of which anything was done is answered as usual: its errors say which calls to repeat. */
function overloadOf(reply: Outcome | Outcome[]): Pick<HttpReply, 'status' | 'retryAfterSeconds'> {
  const waits = [reply].flat().map(({ error }) => retryAfterOf(error?.data));
  const [retryAfterSeconds] = waits;
  if (retryAfterSeconds === undefined || waits.includes(undefined)) return { status: 200 };
  return { status: 503, retryAfterSeconds };
}

function retryAfterOf(data: unknown): number | undefined {
  const { retryAfterSeconds } = (data ?? {}) as { retryAfterSeconds?: unknown };
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined;
}
