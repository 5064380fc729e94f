import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'winston';
import type { Dispatcher } from '../dispatcher.js';
import { type Origin, RequestHandler } from '../http/request-handler.js';
import { DEFAULT_RPC_LIMITS, type RpcLimits } from '../limits.js';
import type { PeerRule } from '../peers/peer-rule.js';
import type { RefusalLog } from '../peers/refusal-log.js';
import { httpOptions, Listener } from './listener.js';
import { TlsListener } from './tls-listener.js';
import { bindPrivately } from './unix-socket.js';

export interface RpcServerParts {
  readonly dispatcher: Pick<Dispatcher, 'isDraining' | 'isKnown' | 'dispatch' | 'drain'>;
  /** Makes the OpenRPC document. */
  readonly discover: () => unknown;
  readonly logger: Logger;
  /** Resolves when the log file has what was logged; at once unless given. */
  readonly logWritten?: () => Promise<void>;
  readonly limits?: Partial<RpcLimits>;
}

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface TlsOptions extends TcpAddress {
  /** Both may be the same file. */
  readonly keyPath: string;
  readonly certPath: string;
  readonly peers: Pick<PeerRule, 'check' | 'callerOf'>;
  /** Whether a node of the cluster has an address: it is served whatever strangers do. */
  readonly isNode: (address: string) => boolean;
  /** Logs peers that were not let in. */
  readonly refusals: RefusalLog;
}

/** How long the last replies may take to leave. */
const FLUSH_MS = 1000;

/** The addresses on which calls are taken, with both wires on each; only JSON-RPC on a Unix socket. */
export class RpcServer {
  readonly #dispatcher: RpcServerParts['dispatcher'];
  readonly #logger: Logger;
  readonly #logWritten: () => Promise<void>;
  readonly #limits: RpcLimits;
  readonly #handler: RequestHandler;
  readonly #listeners: Listener[] = [];
  readonly #tlsListeners: TlsListener[] = [];
  readonly #socketRemovals: (() => Promise<void>)[] = [];

  constructor(parts: RpcServerParts) {
    const { dispatcher, discover, logger } = parts;
    this.#dispatcher = dispatcher;
    this.#logger = logger;
    this.#logWritten = parts.logWritten ?? (() => Promise.resolve());
    this.#limits = { ...DEFAULT_RPC_LIMITS, ...parts.limits };
    const [logWritten, limits] = [this.#logWritten, this.#limits];
    this.#handler = new RequestHandler({ dispatcher, discover, logger, logWritten, limits });
  }

  /** For other nodes: callers need the certificate of a master candidate. */
  async listenTls({ host, port, ...options }: TlsOptions): Promise<AddressInfo> {
    const listener = new TlsListener({
      ...options,
      handler: this.#handler,
      limits: this.#limits,
      logger: this.#logger,
      logWritten: this.#logWritten,
    });
    await this.#listen(listener, { host, port });
    this.#tlsListeners.push(listener);
    return listener.server.address() as AddressInfo;
  }

  /**
   * For this machine only, without TLS. Everyone who may open a connection to the address may call, also from within an
   * instance: instances share our network.
   */
  async listenPlain({ host, port }: TcpAddress): Promise<AddressInfo> {
    if (!isLoopback(host))
      throw new Error(
        `Refusing to listen without TLS on ${host}: everybody who reaches it could do anything on this node`,
      );
    const listener = this.#plainListener((remoteAddress) => remoteAddress ?? 'unknown', true);
    await this.#listen(listener, { host, port });
    return listener.server.address() as AddressInfo;
  }

  /** For root on this machine: only the owner of the process may open the socket. */
  async listenUnix(path: string): Promise<string> {
    const listener = this.#plainListener(() => 'unix', false);
    this.#socketRemovals.push(await bindPrivately(listener, path));
    this.#listeners.push(listener);
    return path;
  }

  /** Follows a changed server certificate at once; new connections follow it anyway. */
  reload(): void {
    for (const listener of this.#tlsListeners) listener.reload();
  }

  /**
   * Takes no more connections and calls, waits for the calls that run, and closes all connections.
   *
   * @returns the names of the calls that still run after `graceMs`
   */
  async close({ graceMs }: { graceMs: number }): Promise<{ unfinished: string[] }> {
    const closed = Promise.all(this.#listeners.map((listener) => listener.stop()));
    const result = await this.#dispatcher.drain(graceMs);
    for (const listener of this.#listeners) listener.closeIdle();
    const flushed = new AbortController();
    await Promise.race([closed, delay(FLUSH_MS, undefined, { signal: flushed.signal })]);
    flushed.abort();
    for (const listener of this.#listeners) listener.destroyAll();
    await closed;
    await Promise.all(this.#socketRemovals.splice(0).map((remove) => remove()));
    return result;
  }

  #plainListener(
    peerOf: (remoteAddress: string | undefined) => string,
    speaksGaneti: boolean,
  ): Listener {
    const listener = new Listener(
      createServer(httpOptions(this.#limits)),
      this.#limits,
      this.#logger,
    );
    listener.onRequest((request, response) => {
      const peer = peerOf(request.socket.remoteAddress);
      const { isCrowded } = listener;
      const origin: Origin = { peer, speaksGaneti, isCrowded, admit: () => 'local' };
      void this.#handler.handle(request, response, origin);
    });
    return listener;
  }

  async #listen(listener: Listener, address: TcpAddress): Promise<void> {
    await listener.listen(address);
    this.#listeners.push(listener);
  }
}

/** Names other than `localhost` are not looked up: what they mean may change. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
