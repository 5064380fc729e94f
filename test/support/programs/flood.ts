/**
 * Opens connections as fast as it can, thousands of them, and again: `flood.js COUNT PORT [LOCAL_ADDRESS]`, or
 * `flood.js COUNT PATH` for a Unix socket. On some of them it says what is no handshake. It never ends by itself.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How long it holds what it has. */
const HOLD_MS = 4_000;

const [count = '', place = '', localAddress] = process.argv.slice(2);
const target = place.startsWith('/')
  ? { path: place }
  : {
      host: '127.0.0.1',
      port: Number(place),
      ...(localAddress === undefined ? {} : { localAddress }),
    };

for (;;) {
  const sockets: Socket[] = [];
  for (let index = 0; index < Number(count); index++) {
    const socket = connect(target).resume();
    socket.on('error', () => undefined);
    if (index % 7 === 0) socket.write('GET / HTTP/1.1\r\n\r\n');
    sockets.push(socket);
    if (index % 100 === 0) await delay(0);
  }
  process.stdout.write('again\n');
  await delay(HOLD_MS);
  for (const socket of sockets) socket.destroy();
}
