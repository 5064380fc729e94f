import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TrackingHierarchy } from './tracking.js';

/** How often it is looked where the kernel does not tell. */
const POLL_MS = 10;
/** And where it does, in case that it did so just before we listened. */
const WATCHED_POLL_MS = 1_000;

/** Resolves when nobody is in the group any more, or when `signal` says that nobody wants to know. */
export async function whenEmpty(
  tracking: TrackingHierarchy,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const watcher = tracking.isWatchable ? watched(directory) : undefined;
  const pollMs = watcher === undefined ? POLL_MS : WATCHED_POLL_MS;
  try {
    while (!signal.aborted && (await tracking.isPopulated(directory)))
      await changed(watcher, pollMs, signal);
  } finally {
    watcher?.close();
  }
}

/** Undefined where the group is gone, or as many files are watched as may be. */
function watched(directory: string): FSWatcher | undefined {
  try {
    // Its end is seen by the next look.
    return watch(join(directory, 'cgroup.events'), { persistent: false }).on(
      'error',
      () => undefined,
    );
  } catch {
    return undefined;
  }
}

async function changed(
  watcher: FSWatcher | undefined,
  pollMs: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const change = () => {
    over.abort();
  };
  watcher?.once('change', change);
  await delay(pollMs, undefined, { signal: either }).catch(() => undefined);
  watcher?.off('change', change);
}
