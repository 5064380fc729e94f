import { closeSync, openSync, writeSync } from 'node:fs';
import { addressOf, sendmsg, socketpair } from './libc.js';

/**
 * in-flight.js PATH: has PATH open, and often once more in the queues of sockets that are nowhere but in their own
 * queues. Such files are not closed when the process ends, but when the kernel comes to it.
 */
const FILES = 2000;
const [AF_UNIX, SOCK_STREAM, SOL_SOCKET, SCM_RIGHTS] = [1, 1, 1, 1];

/** struct msghdr: one byte, and in its control message three descriptors. */
const CONTROL = Buffer.alloc(32);
CONTROL.writeBigUInt64LE(28n, 0);
CONTROL.writeInt32LE(SOL_SOCKET, 8);
CONTROL.writeInt32LE(SCM_RIGHTS, 12);
const VECTOR = Buffer.alloc(16);
VECTOR.writeBigUInt64LE(addressOf(CONTROL), 0);
VECTOR.writeBigUInt64LE(1n, 8);
const MESSAGE = Buffer.alloc(56);
MESSAGE.writeBigUInt64LE(addressOf(VECTOR), 16);
MESSAGE.writeBigUInt64LE(1n, 24);
MESSAGE.writeBigUInt64LE(addressOf(CONTROL), 32);
MESSAGE.writeBigUInt64LE(BigInt(CONTROL.length), 40);

const [path = ''] = process.argv.slice(2);
openSync(path, 'r');
for (let count = 0; count < FILES; count++) sendToNobody(openSync(path, 'r'));
writeSync(1, 'ready\n');
setInterval(() => undefined, 1_000_000);

function sendToNobody(fd: number): void {
  const pair = new Int32Array(2);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  const descriptors = [fd, ...pair];
  for (const [index, sent] of descriptors.entries()) CONTROL.writeInt32LE(sent, 16 + index * 4);
  sendmsg(pair[0], MESSAGE, 0);
  for (const done of descriptors) closeSync(done);
}
