import { closeSync, openSync, readSync } from 'node:fs';
import { ignoringNow } from '../../base/errno.js';

/** What reading about a process fails with when it ends meanwhile, is a kernel thread, or is a zombie. */
export const GONE: readonly string[] = ['ENOENT', 'ESRCH', 'EACCES'];

const FIRST_BYTES = 64 * 1024;

/** The result of `read`, or undefined when the process is gone. */
export function attemptToRead<T>(read: () => T): T | undefined {
  return ignoringNow(GONE, read);
}

/**
 * Reads files of /proc, one after another into the same memory: the kernel gives them a page at a time and does not say
 * how long they are, which makes Node's own reading of them slow.
 */
export class ProcReader {
  #buffer = Buffer.alloc(0);

  /** The whole file, one character a byte. */
  read(path: string): string {
    const fd = openSync(path, 'r');
    try {
      const length = this.#readAll(fd);
      return this.#buffer.toString('latin1', 0, length);
    } finally {
      closeSync(fd);
    }
  }

  /** How many bytes of the buffer the file has filled. */
  #readAll(fd: number): number {
    let length = 0;
    for (;;) {
      if (length === this.#buffer.length) this.#grow();
      const bytes = readSync(fd, this.#buffer, length, this.#buffer.length - length, null);
      if (bytes === 0) return length;
      length += bytes;
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * this.#buffer.length));
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}
