import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../kit/random.js';
import type { RestartSignal, SoakDaemon } from '../daemon.js';
import type { Length } from '../options.js';
import type { Tally } from '../tally.js';
import { PHASES } from './phases.js';

const SIGNALS: readonly RestartSignal[] = ['SIGTERM', 'SIGKILL', 'SIGHUP'];
/** As many restarts there are in a soak of so many cycles, unless they would be too far apart. */
const RESTARTS = 30;
const CYCLES_BETWEEN = { least: 2, most: 150, unknown: 50 };
/** How often it is looked whether it is time. */
const POLL_MS = 50;

/** How many cycles there are from one restart to the next. */
export function cyclesBetween(length: Length): number {
  const { least, most, unknown } = CYCLES_BETWEEN;
  if ('minutes' in length) return unknown;
  const cycles = Math.floor((length.cycles * PHASES['with restarts']) / RESTARTS);
  return Math.min(most, Math.max(least, cycles));
}

/**
 * Restarts the daemon every so often, or makes it reopen its log, with each signal equally often.
 *
 * @param everyCycles counted over all callers
 * @param isOver ends it, when there was each of them
 */
export async function keepRestarting(
  { daemon, tally, random }: { daemon: SoakDaemon; tally: Tally; random: Random },
  everyCycles: number,
  isOver: () => boolean,
): Promise<void> {
  let next = tally.of('cycles') + everyCycles;
  let signals: RestartSignal[] = [];
  for (let done = 0; !isOver() || done < SIGNALS.length;) {
    await delay(POLL_MS);
    if (tally.of('cycles') < next && !isOver()) continue;
    done++;
    next += everyCycles;
    if (signals.length === 0) signals = random.shuffled(SIGNALS);
    const signal = signals.pop() ?? 'SIGTERM';
    await daemon.restart(signal);
    tally.count(signal);
  }
}
