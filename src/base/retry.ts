import { type Clock, SYSTEM_CLOCK } from './clock.js';

/** How long to go on trying, and how often. */
export interface Patience {
  readonly timeoutMs: number;
  /** The pause between two attempts. */
  readonly pollMs: number;
  /** If given, each pause is twice as long as the one before, up to this. */
  readonly longestPollMs?: number;
  /** The machine's, unless given. */
  readonly clock?: Pick<Clock, 'monotonicMs' | 'sleep'>;
}

/** Calls `check` until it returns true; false if it still does not when the time is over. */
export async function until(
  check: () => boolean | Promise<boolean>,
  patience: Patience,
): Promise<boolean> {
  const pause = pauses(patience);
  while (!(await check())) if (!(await pause())) return false;
  return true;
}

/**
 * The result of `work`, which is tried again while it fails with an error that `isTransient`.
 *
 * @throws the last error when the time is over, or any other at once
 */
export async function retry<T>(
  work: () => T | Promise<T>,
  isTransient: (error: unknown) => boolean,
  patience: Patience,
): Promise<T> {
  const pause = pauses(patience);
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || !(await pause())) throw error;
    }
}

/**
 * Waits so long, or until what `event` waits for has come.
 *
 * @param event is told by its signal when nobody waits any more
 */
export async function unlessSooner(
  ms: number,
  event: (signal: AbortSignal) => Promise<void>,
  clock: Pick<Clock, 'sleep'> = SYSTEM_CLOCK,
): Promise<void> {
  const over = new AbortController();
  await Promise.race([clock.sleep(ms), event(over.signal)]);
  over.abort();
}

/** Each call sleeps, the last one up to the end; false, at once, when the time is over. */
function pauses({ timeoutMs, pollMs, longestPollMs = pollMs, clock = SYSTEM_CLOCK }: Patience) {
  const end = clock.monotonicMs() + timeoutMs;
  let pauseMs = pollMs;
  return async (): Promise<boolean> => {
    const leftMs = end - clock.monotonicMs();
    if (leftMs <= 0) return false;
    await clock.sleep(Math.min(pauseMs, leftMs));
    pauseMs = Math.min(pauseMs * 2, longestPollMs);
    return true;
  };
}
