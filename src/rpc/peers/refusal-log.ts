import type { Logger } from 'winston';

/** How often what was only counted is logged. */
const INTERVAL_MS = 60_000;
/** So many lines of a kind come at once: an administrator who tries something sees each attempt. */
const LINES_AT_ONCE = 10;
/** So many kinds of lines are told apart; what is more is counted together. */
const MAX_KINDS = 256;
const OTHERS = 'others';

interface Line {
  readonly remoteAddress: string | undefined;
  readonly reason?: string | undefined;
  /** Not told apart by. */
  readonly [more: string]: unknown;
}

interface Counted extends Pick<Line, 'remoteAddress' | 'reason'> {
  readonly message: string;
  logged: number;
  /** How many were not logged. */
  count: number;
}

/**
 * What is logged about peers that were not let in. The first lines come at once, but more of the same about the same address
 * only as a number, once in a while: a stranger must not fill the log.
 */
export class RefusalLog {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #intervalMs: number;
  readonly #linesAtOnce: number;
  readonly #kinds = new Map<string, Counted>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    logger: Pick<Logger, 'info' | 'warn'>,
    { intervalMs = INTERVAL_MS, linesAtOnce = LINES_AT_ONCE } = {},
  ) {
    this.#logger = logger;
    this.#intervalMs = intervalMs;
    this.#linesAtOnce = linesAtOnce;
  }

  info(message: string, line: Line): void {
    if (this.#isNew(message, line)) this.#logger.info(message, line);
  }

  warn(message: string, line: Line): void {
    if (this.#isNew(message, line)) this.#logger.warn(message, line);
  }

  /** Logs what was counted. What goes on is counted further; the rest is forgotten. */
  sumUp(): void {
    for (const [key, kind] of this.#kinds) {
      const { message, remoteAddress, reason, count } = kind;
      if (count === 0) this.#kinds.delete(key);
      else this.#logger.warn('the same again', { what: message, remoteAddress, reason, count });
      kind.count = 0;
    }
    if (this.#kinds.size === 0) this.#stop();
  }

  /** Logs what was counted, and forgets everything. */
  close(): void {
    this.sumUp();
    this.#kinds.clear();
    this.#stop();
  }

  #isNew(message: string, { remoteAddress, reason }: Line): boolean {
    const isFull = this.#kinds.size >= MAX_KINDS;
    const key = JSON.stringify([message, remoteAddress, reason]);
    const known = this.#kinds.get(key) ?? (isFull ? this.#kinds.get(OTHERS) : undefined);
    if (known !== undefined && known.logged < this.#linesAtOnce) {
      known.logged++;
      return true;
    }
    if (known !== undefined) {
      known.count++;
      return false;
    }
    const first = { logged: 1, count: 0 };
    if (isFull) this.#kinds.set(OTHERS, { message: OTHERS, remoteAddress: OTHERS, ...first });
    else this.#kinds.set(key, { message, remoteAddress, reason, ...first });
    this.#timer ??= setInterval(() => {
      this.sumUp();
    }, this.#intervalMs).unref();
    return true;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
