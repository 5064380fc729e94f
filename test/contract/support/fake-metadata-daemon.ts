import { mkdir } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';

/** Ganeti: constants.LUXI_EOM */
const END_OF_MESSAGE = '\x03';

/** Takes whatever it is told of instances. */
export class FakeMetadataDaemon {
  readonly told: unknown[] = [];
  readonly #server: Server = createServer((socket) => {
    this.#serve(socket);
  });

  static async start(socketPath: string): Promise<FakeMetadataDaemon> {
    await mkdir(dirname(socketPath), { recursive: true });
    const daemon = new FakeMetadataDaemon();
    await new Promise<void>((resolve) => daemon.#server.listen(socketPath, resolve));
    return daemon;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (piece) => {
      text += String(piece);
      if (!text.endsWith(END_OF_MESSAGE)) return;
      const { args } = JSON.parse(text.slice(0, -1)) as { args: unknown[] };
      this.told.push(...args);
      socket.end(JSON.stringify({ success: true, result: null }) + END_OF_MESSAGE);
    });
  }
}
