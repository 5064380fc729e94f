import { execa } from 'execa';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** What the daemon in the background says to the process that started it. */
export type StartReport =
  { readonly isReady: true } | { readonly isReady: false; readonly error: string };

const START_TIMEOUT_MS = 60_000;

/**
 * Starts this program again, detached from the terminal and in a session of its own, and waits until it reports.
 *
 * @param args its command line, without the program
 */
export async function startInBackground(args: readonly string[]): Promise<StartReport> {
  const child = execa(process.execPath, [process.argv[1] ?? '', ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    cwd: '/',
    detached: true,
    cleanup: false,
    reject: false,
  });
  const limit = new AbortController();
  const report = await Promise.race([
    once(child, 'message').then(([message]) => message as StartReport),
    child.then((): StartReport => ({ isReady: false, error: 'it ended without a word' })),
    delay(START_TIMEOUT_MS, undefined, { signal: limit.signal }).then((): StartReport => ({
      isReady: false,
      error: `no word from it after ${START_TIMEOUT_MS / 1000} s`,
    })),
  ]);
  limit.abort();
  child.disconnect();
  child.unref();
  return report;
}

/** Tells the process that started us in the background, if there is one, how that went. */
export function reportStart(report: StartReport): void {
  process.send?.(report, undefined, {}, () => {
    process.disconnect();
  });
}
