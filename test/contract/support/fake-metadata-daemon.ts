import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';

/** Ganeti: constants.LUXI_EOM */
const END_OF_MESSAGE = '\x03';

/** Takes whatever it is told. */
export async function startMetadataDaemon(socketPath: string): Promise<Server> {
  await mkdir(dirname(socketPath), { recursive: true });
  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (piece) => {
      text += String(piece);
      if (text.endsWith(END_OF_MESSAGE))
        socket.end(JSON.stringify({ success: true, result: null }) + END_OF_MESSAGE);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return server;
}
