import { once } from 'node:events';
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { NODED_PORT } from '../base/constants.js';
import { TransportError, type TransportErrorKind } from './errors.js';
import type { Message, Reply } from './wires.js';

/** A daemon of this machine. */
export interface SocketTarget {
  /** Its Unix socket. */
  readonly socketPath: string;
}

/** A daemon of this machine or of another one. */
export interface UrlTarget {
  /** `https://HOST`, or `http://HOST` for a daemon without TLS. The default port is Ganeti's, 1811. */
  readonly url: string | URL;
  /** The certificate to show, in PEM. */
  readonly cert?: string | Buffer | undefined;
  /** Its key in PEM. By default `cert` holds both, as Ganeti's client.pem does. */
  readonly key?: string | Buffer | undefined;
  /**
   * The daemon's certificate, or the one that signed it, in PEM. The host name in the daemon's certificate is not checked
   * then: Ganeti's certificates name the cluster. Without `ca` the usual rules of Node.js apply.
   */
  readonly ca?: string | Buffer | undefined;
  /** False to accept any certificate of the daemon. */
  readonly rejectUnauthorized?: boolean | undefined;
}

export type Target = SocketTarget | UrlTarget;

/** A message, and how to send it. */
export interface Posting extends Message {
  /** Whether the daemon may get it twice. */
  readonly isRepeatable: boolean;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** The daemon closes a connection that was idle for 30 s; closing it earlier avoids sending a call at that moment. */
const IDLE_MS = 20_000;
/** Codes of Node.js: the other side has closed the connection. */
const CLOSED: readonly (string | undefined)[] = ['ECONNRESET', 'EPIPE'];

/** Posts messages to one daemon, and can keep the connections for later messages. */
export class Connections {
  readonly #agent: HttpAgent;
  readonly #start: typeof httpRequest;
  readonly #address: RequestOptions;
  readonly #connected: 'connect' | 'secureConnect';

  constructor(target: Target, { keepAlive }: { readonly keepAlive: boolean }) {
    const { isSecure, address } = addressOf(target);
    const options = { keepAlive, timeout: IDLE_MS };
    this.#agent = isSecure
      ? new HttpsAgent({ ...options, ...tlsOptions(target) })
      : new HttpAgent(options);
    this.#start = isSecure ? httpsRequest : httpRequest;
    this.#address = address;
    this.#connected = isSecure ? 'secureConnect' : 'connect';
  }

  /**
   * If the daemon closes a kept connection before it answers, a repeatable message is sent once more, on a new connection.
   *
   * @throws TransportError, or any error once the signal is aborted
   */
  async post(posting: Posting): Promise<Reply> {
    try {
      return await this.#post(posting);
    } catch (error) {
      if (!(error instanceof StaleConnection) || !posting.isRepeatable) throw error;
      this.#closeIdle();
      return await this.#post(posting);
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
  }

  /** When the daemon has closed one of them, it was probably restarted, and the others are closed, too. */
  #closeIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }

  async #post({ path, body, signal }: Posting): Promise<Reply> {
    const request = this.#start({
      ...this.#address,
      agent: this.#agent,
      method: 'POST',
      path,
      headers: { 'Content-Type': 'application/json' },
      signal,
    });
    const progress = follow(request, this.#connected);
    request.end(body);
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      progress.stage = 'answered';
      const { statusCode: status = 0, headers } = response;
      return { status, headers, body: await text(response) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw transportError(error, progress.stage);
    }
  }
}

/** How far a request has come: on a new connection that is not made yet or that is, on a kept one, or to its answer. */
type Stage = 'unconnected' | 'connected' | 'kept' | 'answered';

function follow(request: ClientRequest, connected: 'connect' | 'secureConnect'): { stage: Stage } {
  const progress: { stage: Stage } = { stage: 'unconnected' };
  request.once('socket', (socket) => {
    if (request.reusedSocket) progress.stage = 'kept';
    else socket.once(connected, () => (progress.stage = 'connected'));
  });
  // An answer that is cut off fails by itself.
  request.on('error', () => undefined);
  return progress;
}

/** The daemon closed a kept connection before it answered. */
class StaleConnection extends TransportError {
  constructor(cause: NodeJS.ErrnoException) {
    super(
      'connection-lost',
      `${cause.message}: the daemon closed a kept connection before it answered; the call may have begun`,
      { code: cause.code, cause },
    );
    this.name = 'TransportError';
  }
}

function transportError(error: NodeJS.ErrnoException, stage: Stage): TransportError {
  const { message, code } = error;
  if (stage === 'kept' && CLOSED.includes(code)) return new StaleConnection(error);
  return new TransportError(kindOf(code, stage), message, { code, cause: error });
}

function kindOf(code: string | undefined, stage: Stage): TransportErrorKind {
  // Node's parser of HTTP.
  if (code?.startsWith('HPE_')) return 'bad-reply';
  return stage === 'unconnected' ? 'unreachable' : 'connection-lost';
}

function addressOf(target: Target): { isSecure: boolean; address: RequestOptions } {
  if ('socketPath' in target)
    return { isSecure: false, address: { socketPath: target.socketPath } };
  const url = new URL(target.url);
  if (!['http:', 'https:'].includes(url.protocol))
    throw new TypeError(`the URL of a daemon starts with http:// or https://, not ${url.protocol}`);
  const { hostname } = urlToHttpOptions(url);
  return {
    isSecure: url.protocol === 'https:',
    address: { host: hostname, port: url.port || NODED_PORT },
  };
}

/** Certificates are parsed once: it takes as long as a handshake. */
function tlsOptions(target: Target): ConnectionOptions {
  if ('socketPath' in target) return {};
  const { cert, key = cert, ca, rejectUnauthorized = true } = target;
  return {
    secureContext: createSecureContext({ cert, key, ca }),
    rejectUnauthorized,
    ...(ca === undefined ? {} : { checkServerIdentity: () => undefined }),
  };
}
