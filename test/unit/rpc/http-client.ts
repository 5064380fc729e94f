import { type IncomingHttpHeaders, request, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one request, on a connection of its own unless an agent is given. */
export function send(
  options: RequestOptions,
  body: string | Buffer = '',
  start: typeof request = request,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = start({ method: 'POST', agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Keeps what comes on a raw connection, for requests that no client would send. */
export class Receiver {
  readonly #closed: Promise<unknown>;
  #text = '';

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
    // A reset is as good as an end here.
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => socket.once('close', resolve));
  }

  /** Waits until the other side has closed, and returns all that came. */
  async untilClosed(): Promise<string> {
    await this.#closed;
    return this.#text;
  }
}
