import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Credentials } from '../bench/row.js';

/** Where a daemon takes calls. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly credentials: Credentials;
}

/** A whole reply. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Whether the daemon has said that it takes no further call on the connection. */
  readonly closes: boolean;
}

/** What a caller has from one connection to the next. */
export interface OpenOptions {
  /** Made of the credentials once: reading the PEM texts takes as long as a handshake. */
  readonly secureContext?: SecureContext | undefined;
  /** Of an earlier connection, to be resumed if the daemon agrees. */
  readonly session?: Buffer | undefined;
}

/** The connection ended before the reply did. */
export class ConnectionClosed extends Error {
  constructor(cause?: Error) {
    super('the connection was closed', { cause });
    this.name = 'ConnectionClosed';
  }
}

const HEADERS_END = '\r\n\r\n';
/** A daemon that is silent for so long will not answer any more. */
const SILENCE_MS = 120_000;

/**
 * A connection to a node daemon that does one POST after another. Node's own HTTPS client takes longer for a call than
 * the fastest server for its reply, and would hide what is to be measured; this one does only what the wire needs.
 */
export class WireConnection {
  readonly #socket: TLSSocket;
  readonly #host: string;
  #received: Buffer[] = [];
  #settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  #session: Buffer | undefined;
  #end: Error | undefined;

  private constructor(socket: TLSSocket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#finishIfWhole();
    });
    socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#end = error.code === 'ECONNRESET' ? new ConnectionClosed(error) : error;
    });
    socket.on('close', () => {
      this.#end ??= new ConnectionClosed();
      this.#settle?.reject(this.#end);
    });
  }

  /** Ends when the TLS handshake is over on our side. */
  static open(
    { address, port, credentials }: Endpoint,
    { secureContext = createSecureContext(credentials), session }: OpenOptions = {},
  ): Promise<WireConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: address,
        port,
        secureContext,
        ...(session === undefined ? {} : { session }),
        // The certificate of a cluster names no node; that it is the cluster's own is checked.
        checkServerIdentity: () => undefined,
      });
      socket.setNoDelay(true);
      const connection = new WireConnection(socket, `${address}:${port}`);
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.off('error', reject);
        resolve(connection);
      });
    });
  }

  get isResumed(): boolean {
    return this.#socket.isSessionReused();
  }

  /** What a later connection can resume, once the daemon has sent it. */
  get session(): Buffer | undefined {
    return this.#session;
  }

  /** @throws ConnectionClosed, or Error when it is not known how the reply goes on */
  post(path: string, body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      this.#settle = { resolve, reject };
      this.#socket.write(
        `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #finishIfWhole(): void {
    const [first, ...rest] = this.#received;
    const received =
      first !== undefined && rest.length === 0 ? first : Buffer.concat(this.#received);
    const bodyStart = received.indexOf(HEADERS_END) + HEADERS_END.length;
    if (bodyStart < HEADERS_END.length) return;
    const head = received.toString('latin1', 0, bodyStart);
    // Both daemons always say it.
    const bodyEnd = bodyStart + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(bodyEnd)) this.#socket.destroy(new Error(`a reply without a length: ${head}`));
    if (!(received.length >= bodyEnd)) return;
    this.#received = [];
    this.#settle?.resolve({
      status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]),
      body: received.toString('utf8', bodyStart, bodyEnd),
      closes: /\r\nconnection: *close/i.test(head),
    });
    this.#settle = undefined;
  }
}

/**
 * The payload of a reply on Ganeti's wire.
 *
 * @throws Error with the daemon's message
 */
export function payloadOf({ status, body }: Pick<Reply, 'status' | 'body'>): unknown {
  if (status !== 200) throw new Error(`HTTP status ${status}: ${body.slice(0, 200)}`);
  const reply: unknown = JSON.parse(body);
  if (!Array.isArray(reply)) throw new Error(`not a reply of Ganeti's wire: ${body.slice(0, 200)}`);
  if (reply[0] !== true) throw new Error(String(reply[1]));
  return reply[1];
}
