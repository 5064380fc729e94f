import type { Socket } from 'node:net';

/** What the keeper is asked: to take a pipe, or only to answer, which it does after what it has read is in the logs. */
export interface KeeperRequest {
  readonly number: number;
  /** The name of the pipe. */
  readonly pipe?: string;
}

export interface KeeperAnswer {
  readonly number: number;
  /** Why what comes out of the pipe is not in its log. */
  readonly failure?: string | undefined;
}

/** One message a line. */
export function send(socket: Socket, message: KeeperRequest | KeeperAnswer): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

/** Hands over each message that comes. */
export function receive(socket: Socket, take: (message: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line));
  });
}
