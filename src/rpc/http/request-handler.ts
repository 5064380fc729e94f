import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'winston';
import { messageOf } from '../../base/errors.js';
import { BodyBudget, type BodyShare } from '../admission/body-budget.js';
import type { Caller } from '../admission/caller-queue.js';
import { OverloadError } from '../admission/overload-error.js';
import type { CallContext, Dispatcher } from '../dispatcher.js';
import type { RpcLimits } from '../limits.js';
import { GanetiWire } from '../wires/ganeti-wire.js';
import { isJsonRpcTarget, JsonRpcWire } from '../wires/json-rpc.js';
import type { HttpReply } from './reply.js';
import { BodyLostError, BodyTooLargeError, passBy, readBody } from './request-body.js';

/** What a listener knows about a request. */
export interface Origin {
  /** The address of the caller, or `unix`. */
  readonly peer: string;
  readonly speaksGaneti: boolean;
  /** Whether there are more connections than there may be; only the master is served then. */
  readonly isCrowded: boolean;
  /** Who calls, or undefined if that is not allowed; this is asked before anything of the body is read. */
  admit(): Caller | undefined;
}

export interface RequestHandlerParts {
  readonly dispatcher: Pick<Dispatcher, 'isDraining' | 'isKnown' | 'dispatch'>;
  readonly discover: () => unknown;
  readonly logger: Logger;
  /** Resolves when the log file has what was logged: a caller who has an answer finds its line there. */
  readonly logWritten: () => Promise<void>;
  readonly limits: RpcLimits;
}

/** Answers the HTTP requests of all listeners. */
export class RequestHandler {
  readonly #parts: RequestHandlerParts;
  readonly #jsonRpc: JsonRpcWire;
  readonly #ganeti: GanetiWire;
  readonly #bodies: BodyBudget;

  constructor(parts: RequestHandlerParts) {
    this.#parts = parts;
    this.#jsonRpc = new JsonRpcWire(parts);
    this.#ganeti = new GanetiWire(parts);
    this.#bodies = new BodyBudget(parts.limits);
  }

  async handle(request: IncomingMessage, response: ServerResponse, origin: Origin): Promise<void> {
    const caller = origin.admit();
    if (caller === undefined) {
      await this.#parts.logWritten();
      request.socket.destroy();
      return;
    }
    const speaksJsonRpc = !origin.speaksGaneti || isJsonRpcTarget(request.url ?? '');
    const wire = speaksJsonRpc ? 'json-rpc' : 'ganeti';
    const context: CallContext = { requestId: randomUUID(), wire, peer: origin.peer, caller };
    const exchange = { request, response, context, share: this.#bodies.share(caller) };
    try {
      await this.#send(response, await this.#answer(exchange, origin));
    } catch (error) {
      await this.#fail(exchange, error);
    } finally {
      exchange.share.giveBack();
    }
  }

  async #answer(exchange: Exchange, { isCrowded }: Origin): Promise<HttpReply> {
    const { request, context } = exchange;
    if (isCrowded && context.caller !== 'master') return this.#sendAway(context);
    const refusal = this.#refusal(request, context);
    if (refusal !== undefined) return refusal;
    const body = await this.#read(exchange);
    if (context.wire === 'json-rpc') return this.#jsonRpc.answer(body, context);
    return this.#ganeti.answer(request.url ?? '', body, context);
  }

  /** The reply to a request that is wrong whatever its body, or undefined. */
  #refusal(request: IncomingMessage, context: CallContext): HttpReply | undefined {
    const { method = '', url = '', headers } = request;
    return this.#wire(context).refusalOf(method, url, headers['content-encoding']);
  }

  #read({ request, response, share }: Exchange): Promise<Buffer> {
    const { maxBodyBytes, maxBodiesBytes } = this.#parts.limits;
    const limitBytes = Math.min(maxBodyBytes, maxBodiesBytes);
    return readBody(request, response, { limitBytes, share });
  }

  /** The connection is closed, too: that is what there are too many of. */
  #sendAway(context: CallContext): HttpReply {
    const error = new OverloadError('Too many connections are open; try again later');
    this.#parts.logger.warn('request refused', { ...context, reason: error.message });
    return { ...this.#wire(context).overloaded(error), closes: true };
  }

  #wire({ wire }: CallContext): Refusing {
    return wire === 'ganeti' ? this.#ganeti : this.#jsonRpc;
  }

  async #send(response: ServerResponse, reply: HttpReply): Promise<void> {
    await this.#parts.logWritten();
    const { status, contentType, body = '', closes, allow, retryAfterSeconds } = reply;
    if (response.destroyed) return;
    this.#limitTime(response);
    if (closes === true || this.#parts.dispatcher.isDraining) response.shouldKeepAlive = false;
    response.writeHead(status, {
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      ...(allow === undefined ? {} : { Allow: allow }),
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

  async #fail({ request, response, context }: Exchange, error: unknown): Promise<void> {
    if (error instanceof BodyLostError) return;
    const reason = messageOf(error);
    const wire = this.#wire(context);
    if (error instanceof BodyTooLargeError) {
      this.#parts.logger.warn('body refused', { ...context, reason });
      await this.#send(response, { ...wire.refusal(413, reason), closes: true });
    } else if (error instanceof OverloadError) {
      this.#parts.logger.warn('body refused', { ...context, reason });
      // The rest passes by, so that the caller gets to reading the reply; one that has asked first has sent nothing.
      const closes = request.headers.expect !== undefined;
      if (!closes) await passBy(request);
      await this.#send(response, { ...wire.overloaded(error), closes });
    } else {
      this.#parts.logger.error('reply failed', { ...context, reason });
      if (response.headersSent) response.destroy();
      else await this.#send(response, wire.refusal(500, 'The reply could not be made'));
    }
  }
}

/** How a wire says that a request was not carried out. */
interface Refusing {
  refusalOf(method: string, target: string, encoding?: string): HttpReply | undefined;
  refusal(status: 413 | 500, message: string): HttpReply;
  overloaded(error: OverloadError): HttpReply;
}

/** One request, and what it takes to answer it. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: CallContext;
  readonly share: BodyShare;
}
