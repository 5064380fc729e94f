import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'winston';
import { messageOf } from '../../base/errors.js';
import type { RequestHandler } from '../http/request-handler.js';
import type { RpcLimits } from '../limits.js';
import { PeerGate } from '../peers/peer-gate.js';
import type { PeerRule } from '../peers/peer-rule.js';
import type { RefusalLog } from '../peers/refusal-log.js';
import { httpOptions, Listener } from './listener.js';
import { Newcomers } from './newcomers.js';
import { TlsCredentials } from './tls-credentials.js';

export interface TlsListenerParts {
  readonly keyPath: string;
  readonly certPath: string;
  readonly peers: Pick<PeerRule, 'check' | 'callerOf'>;
  readonly handler: Pick<RequestHandler, 'handle'>;
  /** Whether a node of the cluster has an address: it is served whatever strangers do. */
  readonly isNode: (address: string) => boolean;
  readonly limits: RpcLimits;
  readonly logger: Logger;
  readonly refusals: RefusalLog;
  /** Resolves when the log file has what was logged: a refusal is there before the connection ends. */
  readonly logWritten: () => Promise<void>;
}

/** Sessions are bound to a name; without one, resuming them fails (as it does with Ganeti 3.0.2: alert 80). */
const SESSION_ID_CONTEXT = 'chroot-noded';

/** The listener for other nodes: TLS with certificates on both sides, and a server certificate that may change. */
export class TlsListener extends Listener {
  readonly #server: Server;
  readonly #credentials: TlsCredentials;
  readonly #logger: Logger;
  readonly #refusals: RefusalLog;
  readonly #newcomers: Newcomers;

  constructor(parts: TlsListenerParts) {
    const { keyPath, certPath, peers, handler, isNode, limits, logger, refusals } = parts;
    const credentials = new TlsCredentials(keyPath, certPath);
    const gate = new PeerGate(peers);
    const server = createServer({
      ...httpOptions(limits),
      ...secureOptions(credentials),
      requestCert: true,
      // The gate decides: to OpenSSL, Ganeti's certificates lack an authority.
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
    });
    super(server, limits, logger, refusals);
    this.#server = server;
    this.#credentials = credentials;
    this.#logger = logger;
    this.#refusals = refusals;
    this.#newcomers = new Newcomers({
      isNode,
      limits,
      onClosed: (remoteAddress) => {
        refusals.warn('connection closed', { remoteAddress, reason: 'too many in the handshake' });
      },
    });
    this.#admitOnly(gate, parts.logWritten);
    this.onRequest((request, response) => {
      const { socket } = request;
      void handler.handle(request, response, {
        peer: socket.remoteAddress ?? 'unknown',
        speaksGaneti: true,
        isCrowded: this.isCrowded,
        admit: () => (socket instanceof TLSSocket ? gate.admit(socket) : undefined),
      });
    });
  }

  /** Follows the files of the key and the certificate; connections that are open stay as they are. */
  reload(): void {
    try {
      if (!this.#credentials.refresh()) return;
      this.#server.setSecureContext(secureOptions(this.#credentials));
      this.#logger.info('server certificate reloaded');
    } catch (error) {
      const reason = messageOf(error);
      this.#logger.error('server certificate not reloaded', { reason });
    }
  }

  /** Only accepted connections get to Node's HTTP: it reads nothing of the others, while their refusal is logged. */
  #admitOnly(gate: PeerGate, logWritten: () => Promise<void>): void {
    this.#filter('connection', (socket: Socket) => {
      if (!this.#newcomers.enter(socket)) return false;
      this.reload();
      return true;
    });
    this.#filter('secureConnection', (socket) => {
      const isAdmitted = gate.admitsConnection(socket);
      if (isAdmitted) this.#newcomers.admit(socket);
      else void logWritten().then(() => socket.destroy());
      return isAdmitted;
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, { remoteAddress }) => {
      // Ganeti's nodes see by a bare connection whether they reach each other.
      if (error.code === 'ECONNRESET')
        this.#refusals.info('connection ended before the handshake', { remoteAddress });
      else this.#refusals.warn('handshake failed', { remoteAddress, reason: error.message });
    });
  }

  /** Hands only some connections on to what Node.js listens with. */
  #filter(event: string, isWanted: (socket: TLSSocket) => boolean): void {
    const listeners = this.#server.listeners(event);
    this.#server.removeAllListeners(event);
    this.#server.on(event, (socket: TLSSocket) => {
      if (isWanted(socket)) for (const listener of listeners) listener.call(this.#server, socket);
    });
  }
}

function secureOptions(credentials: TlsCredentials) {
  return { ...credentials.current, sessionIdContext: SESSION_ID_CONTEXT };
}
