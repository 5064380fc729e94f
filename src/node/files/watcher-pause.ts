import { join } from 'node:path';
import type { Logger } from 'winston';
import type { WallClock } from '../../base/clock.js';
import { MS_PER_SECOND } from '../../base/units.js';
import { readIfExists, removeIfExists, replaceFile } from '../../system/file/files.js';

/** The watcher runs as root, but any user may know that it pauses. */
const FILE_MODE = 0o644;
/** How long the file of a pause that is over is left alone (Ganeti: utils.ReadWatcherPauseFile). */
const REMOVE_AFTER_SECONDS = 3600;

/** Until when Ganeti's watcher, which restarts what has died, is to do nothing on this node. */
export interface WatcherPauseParts {
  readonly dataDir: string;
  readonly clock: WallClock;
  readonly logger: Logger;
}

/**
 * When the pause ends, in seconds since the epoch, or null when there is none; a file that is wrong or long over is
 * removed (Ganeti: utils.ReadWatcherPauseFile).
 */
export async function getWatcherPause(parts: WatcherPauseParts): Promise<number | null> {
  const { clock, logger } = parts;
  const path = pauseFile(parts);
  const text = await readIfExists(path);
  if (text === undefined) return null;
  const until = timeIn(text);
  if (until === undefined)
    logger.warn('watcher pause file has no valid time in it, removing it', { path });
  const now = clock.wallTime().getTime() / MS_PER_SECOND;
  if (until === undefined || now > until + REMOVE_AFTER_SECONDS) await removeIfExists(path);
  return until === undefined || now > until ? null : until;
}

/** @param until in seconds since the epoch; null ends the pause (Ganeti: backend.SetWatcherPause) */
export async function setWatcherPause(
  parts: WatcherPauseParts,
  until: number | null,
): Promise<void> {
  const { logger } = parts;
  const path = pauseFile(parts);
  if (until === null) {
    logger.info('watcher is no longer paused');
    await removeIfExists(path);
    return;
  }
  logger.info('watcher is paused', { until });
  const text = `${BigInt(Math.trunc(until))}\n`;
  await replaceFile(path, text, { mode: FILE_MODE });
}

function pauseFile({ dataDir }: WatcherPauseParts): string {
  return join(dataDir, 'watcher.pause');
}

/** Undefined for what is no time, or further away than a number can say: such a pause would never be over. */
function timeIn(text: string): number | undefined {
  const seconds = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(seconds) ? seconds : undefined;
}
