import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TlsOptions } from 'node:tls';

/** What has come in. */
export interface Received {
  readonly path: string;
  readonly body: string;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
}

export type Answer = (
  response: ServerResponse,
  received: Received,
  request: IncomingMessage,
) => void;

/** A server that answers every request as a test says, and knows what has come. */
export class FakeDaemon {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(server: Server, answer: Answer) {
    this.#server = server;
    // It is for the client to close connections, or for the test.
    server.keepAliveTimeout = 0;
    server.on('connection', (socket: Socket) => this.#sockets.push(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#receive(request).then((received) => {
        answer(response, received, request);
      });
    });
  }

  /** @param where a Unix socket, or certificates for HTTPS; HTTP unless given */
  static async start(
    answer: Answer,
    { socketPath, tls }: { socketPath?: string; tls?: TlsOptions } = {},
  ): Promise<FakeDaemon> {
    const server = tls === undefined ? createServer() : createSecureServer(tls);
    const daemon = new FakeDaemon(server, answer);
    server.listen(socketPath ?? { host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return daemon;
  }

  /** Where it listens, but for the scheme. */
  get host(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** How many connections were made. */
  get connections(): number {
    return this.#sockets.length;
  }

  get openConnections(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage): Promise<Received> {
    // Of a TLS connection that is the one below it.
    const index = this.#sockets.findIndex(
      ({ remotePort }) => remotePort === request.socket.remotePort,
    );
    const received = {
      path: request.url ?? '',
      body: await text(request),
      connection: index + 1,
    };
    this.received.push(received);
    return received;
  }
}

/** Answers with a result of JSON-RPC. */
export function result(value: unknown): Answer {
  return (response) => {
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }));
  };
}

/** Answers with a status and a body. */
export function reply(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}
