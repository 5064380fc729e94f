import type { Logger } from 'winston';
import { OverloadError } from '../admission/overload-error.js';
import type { CallContext } from '../dispatcher.js';
import { failureMessage, UnknownCallError } from '../failures.js';
import { errorReply, type HttpReply, jsonReply } from '../http/reply.js';
import { JsonError, parseJson } from './strict-json.js';

/** What the wire does with calls (see Dispatcher). */
export interface GanetiDispatcher {
  isKnown(name: string): boolean;
  dispatch(name: string, params: unknown, context: CallContext): Promise<unknown>;
}

export interface GanetiWireParts {
  readonly dispatcher: GanetiDispatcher;
  readonly logger: Logger;
  readonly limits: { readonly maxJsonDepth: number };
}

/**
 * Ganeti's own wire: `POST /<call>` with the parameters as a JSON array, answered by `[true, payload]` or
 * `[false, message]` (Ganeti: noded.NodeRequestHandler.HandleRequest).
 */
export class GanetiWire {
  readonly #dispatcher: GanetiDispatcher;
  readonly #logger: Logger;
  readonly #maxJsonDepth: number;

  constructor({ dispatcher, logger, limits }: GanetiWireParts) {
    this.#dispatcher = dispatcher;
    this.#logger = logger;
    this.#maxJsonDepth = limits.maxJsonDepth;
  }

  /** The reply to a request that is wrong whatever its body, or undefined. */
  refusalOf(method: string, path: string): HttpReply | undefined {
    if (method !== 'POST') return errorReply(400, 'Only the POST method is supported');
    return this.#dispatcher.isKnown(callOf(path)) ? undefined : errorReply(404);
  }

  /** The reply to a request that is wrong as one of HTTP. */
  refusal(status: 413 | 500, message: string): HttpReply {
    return errorReply(status, message);
  }

  overloaded({ message, retryAfterSeconds }: OverloadError): HttpReply {
    return { ...errorReply(503, message), retryAfterSeconds };
  }

  async answer(path: string, body: Buffer, context: CallContext): Promise<HttpReply> {
    const call = callOf(path);
    try {
      const params = parseJson(body, { maxDepth: this.#maxJsonDepth });
      const payload = await this.#dispatcher.dispatch(call, params, context);
      return jsonReply(asciiJson([true, payload ?? null]));
    } catch (error) {
      if (error instanceof UnknownCallError) return errorReply(404);
      if (error instanceof OverloadError) return this.overloaded(error);
      if (error instanceof JsonError)
        this.#logger.warn('body refused', { ...context, call, reason: error.message });
      return jsonReply(asciiJson([false, failureMessage(error)]));
    }
  }
}

function callOf(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

/** As Ganeti writes JSON: all ASCII and with a line break. Its Haskell client reads replies byte by byte. */
function asciiJson(reply: readonly unknown[]): string {
  const json = JSON.stringify(reply).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${json}\n`;
}
