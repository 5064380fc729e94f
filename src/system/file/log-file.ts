import { open as openCallback, openSync } from 'node:fs';
import { promisify } from 'node:util';
import sonicBoom from 'sonic-boom';

// Not a FileHandle: that closes its descriptor when it is collected.
const open = promisify(openCallback);

type SonicBoom = sonicBoom.SonicBoom;

const MODE = 0o640;
/** How much waits in memory for a disk that is full or hangs. What does not fit is lost, and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** How long `written` waits for a write before the disk counts as hanging. */
const WRITE_TIMEOUT_MS = 250;

export interface LogFileOptions {
  /** Called when the file takes lines again after some were lost. */
  readonly onLinesLost: (count: number) => void;
}

/**
 * The daemon's log file. Each line goes to the kernel at once, from a thread of libuv: a disk that hangs holds up only those
 * who wait for `written`, and only for a moment. A write that fails is tried again with the next line.
 */
export class LogFile {
  readonly #path: string;
  readonly #onLinesLost: LogFileOptions['onLinesLost'];
  #sink: SonicBoom;
  /** Those that have lines which are not in their file yet; more than one only while the file is reopened. */
  readonly #unwritten = new Set<SonicBoom>();
  /** Whether the last write failed or took too long: nobody waits until one succeeds. */
  #isFailing = false;
  #lostLines = 0;
  #waiting: (() => void)[] = [];

  /** @throws Error when the file can't be opened */
  constructor(path: string, { onLinesLost }: LogFileOptions) {
    this.#path = path;
    this.#onLinesLost = onLinesLost;
    this.#sink = this.#sinkOn(openSync(path, 'a', MODE));
  }

  /** @param line with its newline */
  write(line: string): void {
    this.#unwritten.add(this.#sink);
    this.#sink.write(line);
  }

  /** Resolves when every line so far is in the file, or can't be written in time. It never rejects. */
  async written(): Promise<void> {
    if (this.#unwritten.size === 0 || this.#isFailing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#fail();
      }, WRITE_TIMEOUT_MS);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /**
   * Follows the path, for instance after the file was moved away. Until it resolves, lines go to the file of before.
   *
   * @throws Error when the path can't be opened; the file of before stays in use
   */
  async reopen(): Promise<void> {
    const fd = await open(this.#path, 'a', MODE);
    const old = this.#sink;
    this.#sink = this.#sinkOn(fd);
    if (this.#isFailing) this.#abandon(old);
    else old.end();
    this.#isFailing = false;
  }

  /** Resolves when every line is in the file, or can't be written in time. */
  async close(): Promise<void> {
    await this.written();
    this.#abandon(this.#sink);
  }

  #sinkOn(fd: number): SonicBoom {
    const sink = new sonicBoom.SonicBoom({ fd, sync: false, maxLength: MAX_WAITING_BYTES });
    sink.on('drop', () => {
      this.#lostLines += 1;
      // Only a line that is kept makes the sink try a failed write again.
      sink.flush();
    });
    sink.on('drain', () => {
      this.#succeed(sink);
    });
    sink.on('error', () => {
      if (sink === this.#sink) this.#fail();
      else this.#abandon(sink);
    });
    return sink;
  }

  #succeed(sink: SonicBoom): void {
    this.#unwritten.delete(sink);
    if (this.#unwritten.size > 0) return;
    this.#isFailing = false;
    this.#release();
    const count = this.#lostLines;
    this.#lostLines = 0;
    if (count > 0) this.#onLinesLost(count);
  }

  #fail(): void {
    this.#isFailing = true;
    this.#release();
  }

  /** Closes a file whose last lines may be lost. */
  #abandon(sink: SonicBoom): void {
    this.#unwritten.delete(sink);
    sink.destroy();
  }

  #release(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
