import { closeSync, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const MODE = 0o640;
/** Lines that come in this time after a write are written together: one write a line costs a busy daemon a third. */
const PAUSE_MS = 50;

/**
 * A file that is appended to for as long as the daemon lives.
 *
 * A write that fails (a full disk, say) is no error of the stream: what could not be written is lost, the next write
 * opens the file anew.
 */
export class AppendedFile extends Writable {
  readonly #path: string;
  #file: FileHandle | undefined;
  #isStale = false;

  /** @throws Error when the file can't be opened */
  constructor(path: string) {
    super();
    this.#path = path;
    closeSync(openSync(path, 'a', MODE));
  }

  /** From the next write on it is the file that has the path then. */
  reopen(): void {
    this.#isStale = true;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    void this.#append(chunk)
      .catch(() => {
        this.#isStale = true;
      })
      .then(() => delay(PAUSE_MS))
      .then(done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: () => void): void {
    void this.#close().then(done, () => {
      done();
    });
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#isStale) await this.#close();
    this.#file ??= await open(this.#path, 'a', MODE);
    await this.#file.appendFile(bytes);
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#isStale = false;
    await file?.close();
  }
}
