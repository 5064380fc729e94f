import { existsSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import koffi from 'koffi';

/*
 * silent-disk-main.js DIRECTORY FILE: mounts a file system in user space on the directory, with FILE in it under the name `disk`.
 * While there is a file `DIRECTORY.silent` it answers nothing at all, as a server that is gone: a process that waits for
 * it can't be killed. It ends with the process that has started it, and the kernel then fails all who wait.
 */

/** linux/fuse.h. */
const Opcode = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  releasedir: 29,
  interrupt: 36,
  batchForget: 42,
} as const;
const UNANSWERED: readonly number[] = [Opcode.forget, Opcode.interrupt, Opcode.batchForget];
const EMPTY: readonly number[] = [Opcode.release, Opcode.fsync, Opcode.flush, Opcode.releasedir];
/** What is read is not kept by the kernel. */
const FOPEN_DIRECT_IO = 1;
const [ROOT, DISK] = [1n, 2n];
const [ENOENT, ENOSYS] = [2, 38];
const REQUEST_BYTES = 256 * 1024;
const HEADER_BYTES = 40;

const [directory = '', file = ''] = process.argv.slice(2);
const libc = koffi.load('libc.so.6');
const mount = libc.func(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
);
const prctl = libc.func('int prctl(int option, unsigned long argument)');
prctl(1, 9);

const device = openSync('/dev/fuse', 'r+');
const image = openSync(file, 'r+');
const options = `fd=${device},rootmode=40000,user_id=0,group_id=0,allow_other`;
if (mount('silent', directory, 'fuse', 0, options) !== 0)
  throw new Error(`can't mount: errno ${koffi.errno()}`);
process.stdout.write('ready\n');

const request = Buffer.alloc(REQUEST_BYTES);
for (;;) {
  const length = readSync(device, request);
  while (existsSync(`${directory}.silent`))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  const opcode = request.readUInt32LE(4);
  if (UNANSWERED.includes(opcode)) continue;
  const node = request.readBigUInt64LE(16);
  const answer = answerTo(opcode, node, request.subarray(HEADER_BYTES, length));
  const body = typeof answer === 'number' ? Buffer.alloc(0) : answer;
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeInt32LE(typeof answer === 'number' ? -answer : 0, 4);
  request.copy(header, 8, 8, 16);
  writeSync(device, Buffer.concat([header, body]));
}

/** What is answered, or the number of an error. */
function answerTo(opcode: number, node: bigint, body: Buffer): Buffer | number {
  switch (opcode) {
    case Opcode.init:
      return initialised();
    case Opcode.lookup:
      return body.toString('utf8', 0, body.indexOf(0)) === 'disk' ? entry() : ENOENT;
    case Opcode.getattr:
    case Opcode.setattr:
      return Buffer.concat([Buffer.alloc(16), attributes(node)]);
    case Opcode.open:
    case Opcode.opendir:
      return opened();
    case Opcode.read:
      return bytesAt(Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
    case Opcode.write:
      return written(body);
    case Opcode.statfs:
      return Buffer.alloc(80);
    default:
      return EMPTY.includes(opcode) ? Buffer.alloc(0) : ENOSYS;
  }
}

function initialised(): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(7, 0);
  body.writeUInt32LE(31, 4);
  body.writeUInt32LE(128 * 1024, 8);
  body.writeUInt32LE(128 * 1024, 20);
  return body;
}

function opened(): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(FOPEN_DIRECT_IO, 8);
  return body;
}

/** Nothing is kept: each look at it is a question. */
function entry(): Buffer {
  const body = Buffer.alloc(40);
  body.writeBigUInt64LE(DISK, 0);
  return Buffer.concat([body, attributes(DISK)]);
}

function attributes(node: bigint): Buffer {
  const body = Buffer.alloc(88);
  body.writeBigUInt64LE(node, 0);
  if (node === DISK) body.writeBigUInt64LE(BigInt(statSync(file).size), 8);
  body.writeUInt32LE(node === ROOT ? 0o40755 : 0o100600, 60);
  body.writeUInt32LE(1, 64);
  return body;
}

function bytesAt(offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, readSync(image, bytes, 0, size, offset));
}

function written(body: Buffer): Buffer {
  const size = body.readUInt32LE(16);
  writeSync(image, body, 40, size, Number(body.readBigUInt64LE(8)));
  const answer = Buffer.alloc(8);
  answer.writeUInt32LE(size, 0);
  return answer;
}
