import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { DAEMON_PORT } from '../host/host-daemon.js';
import type { RawRequest } from './raw-bytes.js';
import { ANSWER_TIMEOUT_MS, NoAnswerError } from './sending.js';

/** Where the daemon is, and with what a caller is let in. */
export interface RawPlace {
  readonly socket: string;
  readonly certificate: string;
}

/**
 * Sends bytes over a connection of their own, and gives back all that came, as latin1.
 *
 * @throws NoAnswerError when the daemon does not end the connection after us
 */
export async function sendRaw(request: RawRequest, place: RawPlace): Promise<string> {
  const { pieces, endsEarly } = request;
  const socket = open(request, place);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Whether it is a reset or an end is up to the kernel.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve, reject) => {
    socket.once('close', resolve);
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      reject(new NoAnswerError(`not ended within ${ANSWER_TIMEOUT_MS / 1000} s`));
      socket.destroy();
    });
  });
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    await nextTurn();
  }
  socket.end();
  if (endsEarly) socket.destroy();
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

function open({ wire }: RawRequest, { socket, certificate }: RawPlace): Socket {
  if (wire === 'unix') return connect(socket);
  const target = { host: '127.0.0.1', port: DAEMON_PORT };
  if (wire === 'tcp') return connect(target);
  const pem = readFileSync(certificate);
  return connectTls({ ...target, key: pem, cert: pem, rejectUnauthorized: false });
}
