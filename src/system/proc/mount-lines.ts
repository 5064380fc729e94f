import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** The kernel gives a page at a time, or one line if that is longer. */
const CHUNK_BYTES = 64 * 1024;
/** What is kept of a line. Of a longer one nobody can use the name: it takes hundreds of steps to get there. */
const LINE_BYTES = 1024 * 1024;

/** Stands for a mount point, in which it can't be. */
export const NAMELESS = '\0';
/** The first three fields have less. */
const NUMBERS_BYTES = 64;
/** Comes before the type. */
const END_OF_OPTIONS = ' - ';
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** A line of mountinfo, see proc(5), of which only what is asked for is taken apart. */
export class MountLine {
  readonly #bytes: Buffer;
  /** Where the mount point begins: the fifth field. */
  readonly #point: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    let begin = 0;
    for (let field = 0; field < 4; field++) begin = bytes.indexOf(SPACE, begin) + 1;
    this.#point = begin;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The first characters of the mount point, as the kernel writes it. */
  startOfPoint(characters: number): string {
    const start = this.#bytes.subarray(this.#point, this.#point + characters);
    const end = start.indexOf(SPACE);
    return start.toString('latin1', 0, end < 0 ? undefined : end);
  }

  get id(): number {
    return Number(this.#numbers()[0]);
  }

  get parentId(): number {
    return Number(this.#numbers()[1]);
  }

  /** "major:minor" of the file system. */
  get device(): string {
    return this.#numbers()[2] ?? '';
  }

  get fsType(): string {
    const begin = this.#bytes.indexOf(END_OF_OPTIONS, this.#point);
    if (begin < 0) return '';
    const start = begin + END_OF_OPTIONS.length;
    return this.#bytes.toString('latin1', start, this.#bytes.indexOf(SPACE, start));
  }

  get text(): string {
    return this.#isCut() ? this.outline : this.#bytes.toString('latin1');
  }

  /** With a mark instead of the mount point, which is what may be long. */
  get outline(): string {
    const end = this.#isCut() ? -1 : this.#bytes.indexOf(SPACE, this.#point);
    const rest = end < 0 ? 'rw - ? ? ?' : this.#bytes.toString('latin1', end + 1);
    return [...this.#numbers(), '/', NAMELESS, rest].join(' ');
  }

  #numbers(): string[] {
    return this.#bytes.toString('latin1', 0, NUMBERS_BYTES).split(' ', 3);
  }

  #isCut(): boolean {
    return this.#bytes.length >= LINE_BYTES;
  }
}

/** Puts lines together of the pieces in which they come. */
export class MountLines {
  readonly #use: (line: MountLine) => void;
  #held = Buffer.alloc(0);
  #heldBytes = 0;

  /** @param use gets each line, which is valid only for that moment */
  constructor(use: (line: MountLine) => void) {
    this.#use = use;
  }

  feed(chunk: Buffer): void {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      const piece = chunk.subarray(begin, end);
      begin = end + 1;
      if (this.#heldBytes === 0) this.#use(new MountLine(piece));
      else {
        this.#hold(piece);
        this.#use(new MountLine(this.#held.subarray(0, this.#heldBytes)));
        this.#heldBytes = 0;
      }
    }
    this.#hold(chunk.subarray(begin));
  }

  #hold(piece: Buffer): void {
    const kept = piece.subarray(0, LINE_BYTES - this.#heldBytes);
    const neededBytes = this.#heldBytes + kept.length;
    if (neededBytes > this.#held.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#held.length, neededBytes));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    kept.copy(this.#held, this.#heldBytes);
    this.#heldBytes = neededBytes;
  }
}

/** The pieces of a file, each valid until the next is asked for. */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Likewise, without letting anything else happen meanwhile. */
export function* chunksOfNow(path: string): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const bytes = readSync(fd, buffer, 0, CHUNK_BYTES, null);
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
    }
  } finally {
    closeSync(fd);
  }
}
