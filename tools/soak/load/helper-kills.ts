import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../kit/random.js';
import type { SoakDaemon } from '../daemon.js';
import type { Tally } from '../tally.js';

/** From one kill to the next. */
const PAUSE_MS = { least: 500, most: 3_000 };

/**
 * Kills one of the daemon's helpers every so often, whatever it does, as the kernel does when memory runs out. Where a helper
 * takes long to start, the kills are further apart: there would be nothing but starts.
 */
export async function keepKillingHelpers(
  {
    daemon,
    tally,
    random,
  }: { daemon: Pick<SoakDaemon, 'helpers' | 'hasReadyHelper'>; tally: Tally; random: Random },
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await delay(PAUSE_MS.least + random.below(PAUSE_MS.most - PAUSE_MS.least));
    if (!daemon.hasReadyHelper) continue;
    const [helper] = random.shuffled(daemon.helpers);
    if (helper !== undefined && killProcess(helper)) tally.count('helpers killed');
  }
}

/** Whether it was there to be killed. */
export function killProcess(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
