import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { chdir, chroot, mmap, syscall, unshare } from './libc.js';

/** hold.js KIND PATH: uses PATH in this one way only, says so, and goes on until it is killed. */
const [PROT_READ, MAP_PRIVATE, CLONE_FS, CLONE_FILES, O_PATH] = [1, 2, 0x200, 0x400, 0o10000000];
/** exit(2), which ends the calling thread only. */
const SYS_EXIT: Partial<Record<string, number>> = { x64: 60, arm64: 93, riscv64: 93 };
/** Longer than any path that a system call takes. */
const DEEP = { levels: 30, name: 'deep'.repeat(50) };

const KINDS: Record<string, (path: string) => void> = {
  root: (path) => {
    chroot(path);
  },
  cwd: (path) => {
    process.chdir(path);
  },
  fd: (path) => {
    openSync(path, 'r');
  },
  'path-fd': (path) => {
    openSync(path, O_PATH | constants.O_NOFOLLOW);
  },
  mapping: (path) => {
    const fd = openSync(path, 'r');
    mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    closeSync(fd);
  },
  'deep-cwd': (path) => {
    process.chdir(path);
    for (let level = 0; level < DEEP.levels; level++) {
      mkdirSync(DEEP.name, { recursive: true });
      process.chdir(DEEP.name);
    }
  },
};

/** What one thread uses: on its own, or when the first thread of its process is gone. */
const THREAD_KINDS: Record<string, (path: string) => void> = {
  'thread-cwd': (path) => {
    unshare(CLONE_FS);
    chdir(path);
  },
  'thread-fd': (path) => {
    unshare(CLONE_FILES);
    openSync(path, 'r');
  },
  'headless-cwd': (path) => {
    chdir(path);
  },
  'headless-fd': (path) => {
    openSync(path, 'r');
  },
};

const [kind = '', path = ''] = (workerData ?? process.argv.slice(2)) as string[];
const isHeadless = kind.startsWith('headless');
const use = (isMainThread ? KINDS : THREAD_KINDS)[kind];
if (use === undefined) {
  new Worker(new URL(import.meta.url), { workerData: [kind, path], trackUnmanagedFds: false });
  // The process becomes a zombie that lives.
  if (isHeadless) setTimeout(() => syscall(SYS_EXIT[process.arch], 0), 500);
} else {
  use(path);
  setTimeout(() => writeSync(1, 'ready\n'), isHeadless ? 1000 : 0);
}
setInterval(() => undefined, 1_000_000);
