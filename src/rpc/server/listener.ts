import { once } from 'node:events';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { DropArgument, ListenOptions, Socket } from 'node:net';
import type { Logger } from 'winston';
import { type RpcLimits, SPARE_CONNECTIONS } from '../limits.js';
import { RefusalLog } from '../peers/refusal-log.js';

/**
 * How many connections the kernel makes before we have taken the first of them; it has a limit of its own
 * (net.core.somaxconn). Beyond that, callers on the Unix socket are refused (EAGAIN).
 */
const BACKLOG = 4_096;

/** An HTTP server that can be closed for certain: it knows its sockets, also those in the midst of a handshake. */
export class Listener {
  readonly server: Server;
  readonly #logger: Logger;
  readonly #maxConnections: number;
  readonly #sockets = new Set<Socket>();
  readonly #refusals: RefusalLog;

  constructor(
    server: Server,
    limits: Pick<RpcLimits, 'maxConnections'>,
    logger: Logger,
    refusals = new RefusalLog(logger),
  ) {
    this.server = server;
    this.#logger = logger;
    this.#refusals = refusals;
    this.#maxConnections = limits.maxConnections;
    server.maxConnections = limits.maxConnections + SPARE_CONNECTIONS;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('drop', (connection?: DropArgument) => {
      refusals.warn('connection dropped', { remoteAddress: connection?.remoteAddress });
    });
  }

  /** Whether there are more connections than there may be: the spare ones are in use. */
  get isCrowded(): boolean {
    return this.#sockets.size > this.#maxConnections;
  }

  /** Also for those who ask first whether they may send their body (curl does). */
  onRequest(answer: RequestListener): void {
    this.server.on('request', answer);
    this.server.on('checkContinue', answer);
  }

  /** @throws when the address cannot be bound */
  async listen(options: ListenOptions): Promise<void> {
    this.server.listen({ backlog: BACKLOG, ...options });
    await once(this.server, 'listening');
    // Such as too many open files: the connection is lost, but not we.
    this.server.on('error', (error) => {
      this.#logger.error('listener failed', { reason: error.message });
    });
  }

  /** Takes no more connections; the promise ends with the last one. */
  stop(): Promise<unknown> {
    this.#refusals.close();
    if (!this.server.listening) return Promise.resolve();
    const closed = once(this.server, 'close');
    this.server.close();
    return closed;
  }

  closeIdle(): void {
    this.server.closeIdleConnections();
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Node's own limits are minutes long, or absent. */
export function httpOptions(limits: RpcLimits): ServerOptions {
  return {
    insecureHTTPParser: false,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckIntervalMs,
  };
}
