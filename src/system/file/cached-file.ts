import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { errorCode } from '../../base/errno.js';

/** A file changed less than this before it was read may change again without its times telling. */
const SETTLING_NS = 1_000_000_000n;

interface Seen<T> {
  readonly identity: string;
  readonly value: T;
}

/**
 * The content of a small file, read again when the file has changed.
 *
 * It asks the file system synchronously: that takes microseconds, and a thread of the pool could first have to wait for
 * others that hang on a broken disk.
 */
export class FollowedFile<T> {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #parse: (text: string | undefined) => T;
  #seen: Seen<T> | undefined;

  /** @param parse gets undefined when there is no such file; when it throws, it is asked again the next time */
  constructor(path: string, maxBytes: number, parse: (text: string | undefined) => T) {
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#parse = parse;
  }

  /** @throws when the file cannot be read, is too large, or is refused by `parse` */
  read(): T {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return this.#parse(undefined);
    if (this.#seen?.identity === identityOf(found)) return this.#seen.value;
    return this.#readAgain();
  }

  #readAgain(): T {
    this.#seen = undefined;
    const { text, stats } = readSmallFile(this.path, this.#maxBytes);
    const value = this.#parse(text);
    if (stats !== undefined && isSettled(stats))
      this.#seen = { identity: identityOf(stats), value };
    return value;
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

function isSettled({ mtimeNs, ctimeNs }: BigIntStats): boolean {
  const latest = BigInt(Date.now()) * 1_000_000n - SETTLING_NS;
  return mtimeNs < latest && ctimeNs < latest;
}

function readSmallFile(path: string, maxBytes: number): { text?: string; stats?: BigIntStats } {
  const file = openIfExists(path);
  if (file === undefined) return {};
  try {
    const stats = fstatSync(file, { bigint: true });
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
    if (stats.size > maxBytes) throw new Error(`${path} is larger than ${String(maxBytes)} bytes`);
    const buffer = Buffer.alloc(Number(stats.size));
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return { text: buffer.toString('utf8', 0, length), stats };
  } finally {
    closeSync(file);
  }
}

function openIfExists(path: string): number | undefined {
  try {
    // Opening a FIFO must not wait for somebody to write to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
