import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'winston';
import type { CallContext, Dispatcher } from './dispatcher.js';
import { GanetiWire } from './ganeti-wire.js';
import { errorReply, type HttpReply } from './http-reply.js';
import { JsonRpcWire } from './json-rpc.js';
import type { RpcLimits } from './limits.js';
import { BodyLostError, BodyTooLargeError, readBody } from './request-body.js';
import type { Caller } from './waiting-line.js';

/** The path of JSON-RPC; every other one belongs to Ganeti's wire. */
const JSON_RPC_PATH = '/jsonrpc';

/** What a listener knows about a request. */
export interface Origin {
  /** The address of the caller, or `unix`. */
  readonly peer: string;
  readonly speaksGaneti: boolean;
  /** Who calls, or undefined if he may not be here; it is asked before anything of the body is read. */
  admit(): Caller | undefined;
}

export interface RequestHandlerParts {
  readonly dispatcher: Pick<Dispatcher, 'isDraining' | 'isKnown' | 'dispatch'>;
  readonly discover: () => unknown;
  readonly logger: Logger;
  readonly limits: RpcLimits;
}

/** Answers the HTTP requests of all listeners. */
export class RequestHandler {
  readonly #parts: RequestHandlerParts;
  readonly #jsonRpc: JsonRpcWire;
  readonly #ganeti: GanetiWire;

  constructor(parts: RequestHandlerParts) {
    this.#parts = parts;
    this.#jsonRpc = new JsonRpcWire(parts);
    this.#ganeti = new GanetiWire(parts);
  }

  async handle(request: IncomingMessage, response: ServerResponse, origin: Origin): Promise<void> {
    const caller = origin.admit();
    if (caller === undefined) {
      request.socket.destroy();
      return;
    }
    const wire = request.method === 'POST' && request.url === JSON_RPC_PATH ? 'json-rpc' : 'ganeti';
    const context: CallContext = { requestId: randomUUID(), wire, peer: origin.peer, caller };
    try {
      this.#send(response, await this.#answer(request, response, origin, context));
    } catch (error) {
      this.#fail(response, error, context);
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { speaksGaneti }: Origin,
    context: CallContext,
  ): Promise<HttpReply> {
    const { method = '', url = '' } = request;
    if (context.wire === 'ganeti') {
      const refusal = speaksGaneti ? this.#ganeti.refusal(method, url) : errorReply(404);
      if (refusal !== undefined) return refusal;
    }
    const body = await readBody(request, response, this.#parts.limits.maxBodyBytes);
    if (context.wire === 'ganeti') return this.#ganeti.answer(url, body, context);
    return this.#jsonRpc.answer(body, context);
  }

  #send(response: ServerResponse, reply: HttpReply): void {
    const { status, contentType, body = '', closes, retryAfterSeconds } = reply;
    if (response.destroyed) return;
    this.#limitTime(response);
    if (closes === true || this.#parts.dispatcher.isDraining) response.shouldKeepAlive = false;
    response.writeHead(status, {
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': retryAfterSeconds }),
      ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    });
    response.end(body);
  }

  /** Node has no time limit of its own for a caller that does not take its reply. */
  #limitTime(response: ServerResponse): void {
    const { replyTimeoutMs } = this.#parts.limits;
    const timer = setTimeout(() => response.destroy(), replyTimeoutMs);
    response.once('close', () => {
      clearTimeout(timer);
    });
  }

  #fail(response: ServerResponse, error: unknown, context: CallContext): void {
    if (error instanceof BodyLostError) return;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof BodyTooLargeError) {
      this.#parts.logger.warn('body refused', { ...context, reason });
      this.#send(response, { ...errorReply(413, reason), closes: true });
    } else {
      this.#parts.logger.error('reply failed', { ...context, reason });
      if (response.headersSent) response.destroy();
      else this.#send(response, errorReply(500));
    }
  }
}
