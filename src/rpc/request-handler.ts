import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'winston';
import type { CallContext, Dispatcher } from './dispatcher.js';
import { GanetiWire } from './ganeti-wire.js';
import { errorReply, jsonReply, type HttpReply } from './http-reply.js';
import { JsonRpcWire } from './json-rpc.js';
import type { RpcLimits } from './limits.js';
import { BodyLostError, BodyTooLargeError, readBody } from './request-body.js';

/** The path of JSON-RPC; every other one belongs to Ganeti's wire. */
const JSON_RPC_PATH = '/jsonrpc';

/** What a listener knows about a request. */
export interface Origin {
  /** The address of the caller, or `unix`. */
  readonly peer: string;
  readonly speaksGaneti: boolean;
  /** Whether the caller may still be here; it is asked before anything of the body is read. */
  isAdmitted(): boolean;
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
    if (!origin.isAdmitted()) {
      request.socket.destroy();
      return;
    }
    const requestId = randomUUID();
    try {
      this.#send(response, await this.#answer(request, response, origin, requestId));
    } catch (error) {
      this.#fail(response, error, { requestId, peer: origin.peer });
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { peer, speaksGaneti }: Origin,
    requestId: string,
  ): Promise<HttpReply> {
    const { method = '', url = '' } = request;
    const wire = method === 'POST' && url === JSON_RPC_PATH ? 'json-rpc' : 'ganeti';
    if (wire === 'ganeti') {
      const refusal = speaksGaneti ? this.#ganeti.refusal(method, url) : errorReply(404);
      if (refusal !== undefined) return refusal;
    }
    const body = await readBody(request, response, this.#parts.limits.maxBodyBytes);
    const context: CallContext = { requestId, wire, peer };
    if (wire === 'ganeti') return this.#ganeti.answer(url, body, context);
    const reply = await this.#jsonRpc.answer(body, context);
    return reply === undefined ? { status: 204 } : jsonReply(reply);
  }

  #send(response: ServerResponse, { status, contentType, body = '', closes }: HttpReply): void {
    if (response.destroyed) return;
    this.#limitTime(response);
    if (closes === true || this.#parts.dispatcher.isDraining) response.shouldKeepAlive = false;
    response.writeHead(status, {
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
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

  #fail(response: ServerResponse, error: unknown, data: Readonly<Record<string, unknown>>): void {
    if (error instanceof BodyLostError) return;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof BodyTooLargeError) {
      this.#parts.logger.warn('body refused', { ...data, reason });
      this.#send(response, { ...errorReply(413, reason), closes: true });
    } else {
      this.#parts.logger.error('reply failed', { ...data, reason });
      if (response.headersSent) response.destroy();
      else this.#send(response, errorReply(500));
    }
  }
}
