import type { Logger } from 'winston';
import type { WallClock } from '../../base/clock.js';
import { MS_PER_SECOND } from '../../base/units.js';
import { readIfExists, removeIfExists, replaceFile } from '../../system/file/files.js';

/** The watcher runs as root, but any user may know that it pauses. */
const FILE_MODE = 0o644;
/** How long the file of a pause that is over is left alone (Ganeti: utils.ReadWatcherPauseFile). */
const REMOVE_AFTER_SECONDS = 3600;

export interface WatcherPauseParts {
  readonly path: string;
  readonly clock: WallClock;
  readonly logger: Logger;
}

/** Until when Ganeti's watcher, which restarts what has died, is to do nothing on this node. */
export class WatcherPause {
  readonly #parts: WatcherPauseParts;

  constructor(parts: WatcherPauseParts) {
    this.#parts = parts;
  }

  /**
   * When the pause ends, in seconds since the epoch, or null when there is none; a file that is wrong or long over is
   * removed (Ganeti: utils.ReadWatcherPauseFile).
   */
  async get(): Promise<number | null> {
    const text = await readIfExists(this.#parts.path);
    if (text === undefined) return null;
    const until = timeIn(text);
    if (until === undefined)
      this.#parts.logger.warn('watcher pause file has no valid time in it, removing it', {
        path: this.#parts.path,
      });
    const now = this.#parts.clock.wallTime().getTime() / MS_PER_SECOND;
    if (until === undefined || now > until + REMOVE_AFTER_SECONDS)
      await removeIfExists(this.#parts.path);
    return until === undefined || now > until ? null : until;
  }

  /** @param until in seconds since the epoch; null ends the pause (Ganeti: backend.SetWatcherPause) */
  async set(until: number | null): Promise<void> {
    if (until === null) {
      this.#parts.logger.info('watcher is no longer paused');
      await removeIfExists(this.#parts.path);
      return;
    }
    this.#parts.logger.info('watcher is paused', { until });
    const text = `${BigInt(Math.trunc(until))}\n`;
    await replaceFile(this.#parts.path, text, { mode: FILE_MODE });
  }
}

/** Undefined for what is no time, or further away than a number can say: such a pause would never be over. */
function timeIn(text: string): number | undefined {
  const seconds = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(seconds) ? seconds : undefined;
}
