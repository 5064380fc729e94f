import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import koffi from 'koffi';

/** hold.js KIND PATH: uses PATH in this one way only, says so, and goes on until it is killed. */
const libc = koffi.load('libc.so.6');
const chroot = libc.func('int chroot(const char *path)');
const chdir = libc.func('int chdir(const char *path)');
const unshare = libc.func('int unshare(int flags)');
const mmap = libc.func(
  'intptr_t mmap(intptr_t addr, size_t length, int prot, int flags, int fd, long offset)',
);
const socketpair = libc.func('int socketpair(int domain, int type, int protocol, int *sockets)');
const sendmsg = libc.func('long sendmsg(int socket, void *message, int flags)');
const endThread = libc.func('long syscall(long number, int status)');

const [PROT_READ, MAP_PRIVATE, CLONE_FS, CLONE_FILES] = [1, 2, 0x200, 0x400];
/** exit(2), which ends the calling thread only. */
const SYS_EXIT: Partial<Record<string, number>> = { x64: 60, arm64: 93, riscv64: 93 };
/** Longer than any path that a system call takes. */
const DEEP = { levels: 30, name: 'deep'.repeat(50) };

/** So many that the kernel takes a while to close them all. */
const FILES_IN_FLIGHT = 500;
const [AF_UNIX, SOCK_STREAM, SOL_SOCKET, SCM_RIGHTS] = [1, 1, 1, 1];

const KINDS: Record<string, (path: string) => void> = {
  root: (path) => {
    check(chroot(path));
  },
  cwd: (path) => {
    process.chdir(path);
  },
  fd: (path) => {
    openSync(path, 'r');
  },
  'path-fd': (path) => {
    openSync(path, 0o10000000 | constants.O_NOFOLLOW);
  },
  mapping: (path) => {
    const fd = openSync(path, 'r');
    check(mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    closeSync(fd);
  },
  'deep-cwd': (path) => {
    process.chdir(path);
    for (let level = 0; level < DEEP.levels; level++) {
      mkdirSync(DEEP.name, { recursive: true });
      process.chdir(DEEP.name);
    }
  },
  socket: (path) => {
    createServer().listen(path);
  },
  'in-flight': (path) => {
    openSync(path, 'r');
    for (let index = 0; index < FILES_IN_FLIGHT; index++) sendToNobody(openSync(path, 'r'));
  },
};

/** Leaves the only reference to an open file in the queue of a socket that is only in its own queue. */
function sendToNobody(fd: number): void {
  const sockets = new Int32Array(2);
  check(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
  const [one = 0, other = 0] = sockets;
  const control = Buffer.alloc(32);
  control.writeBigUInt64LE(28n, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  for (const [index, sent] of [fd, one, other].entries())
    control.writeInt32LE(sent, 16 + index * 4);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(addressOf(Buffer.from('x')), 0);
  vector.writeBigUInt64LE(1n, 8);
  const message = Buffer.alloc(56);
  message.writeBigUInt64LE(addressOf(vector), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(addressOf(control), 32);
  message.writeBigUInt64LE(BigInt(control.length), 40);
  check(sendmsg(one, message, 0));
  for (const done of [fd, one, other]) closeSync(done);
}

function addressOf(buffer: Buffer): bigint {
  return koffi.address(buffer);
}

/** What a thread uses on its own, the others of its process not. */
const THREAD_KINDS: Record<string, (path: string) => void> = {
  'thread-cwd': (path) => {
    check(unshare(CLONE_FS));
    check(chdir(path));
  },
  'thread-fd': (path) => {
    check(unshare(CLONE_FILES));
    openSync(path, 'r');
  },
  'headless-cwd': (path) => {
    check(chdir(path));
  },
  'headless-fd': (path) => {
    openSync(path, 'r');
  },
};

const [kind = '', path = ''] = (workerData ?? process.argv.slice(2)) as string[];
const use = (isMainThread ? KINDS : THREAD_KINDS)[kind];
if (use !== undefined) {
  use(path);
  ready();
} else {
  new Worker(new URL(import.meta.url), { workerData: [kind, path], trackUnmanagedFds: false });
  // The first thread ends and the process becomes a zombie that lives.
  if (kind.startsWith('headless'))
    setTimeout(() => {
      endThread(SYS_EXIT[process.arch] ?? 0, 0);
    }, 500);
}
setInterval(() => undefined, 1_000_000);

function ready(): void {
  setTimeout(() => writeSync(1, 'ready\n'), kind.startsWith('headless') ? 1000 : 0);
}

function check(result: unknown): void {
  if (Number(result) === -1) throw new Error(`${kind}: errno ${koffi.errno()}`);
}
