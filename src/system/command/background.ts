import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../base/errors.js';

/** What the daemon in the background says to the process that started it. */
export type StartReport =
  { readonly isReady: true } | { readonly isReady: false; readonly error: string };

const START_TIMEOUT_MS = 60_000;
/**
 * V8 would give short-lived objects up to 48 MiB (three times 16), and keep these once there were many calls: with a
 * quarter of that it works as fast. It cannot be told so later.
 */
const NODE_OPTIONS = ['--max-semi-space-size=4'];

/**
 * Starts this program again, detached from the terminal and in a session of its own, and waits until it reports.
 *
 * Node's own `spawn` will do here, where there is nothing to be read: loading execa takes twice as long as starting Node.
 *
 * @param args its command line, without the program
 */
export async function startInBackground(args: readonly string[]): Promise<StartReport> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, process.argv[1] ?? '', ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
  });
  const limit = new AbortController();
  const report = await Promise.race([
    once(child, 'message').then(([message]) => message as StartReport),
    // What it said before it ended comes first: it is not the end of the process that is waited for.
    once(child, 'disconnect').then((): StartReport =>
      failed('it exited without reporting an error'),
    ),
    delay(START_TIMEOUT_MS, undefined, { signal: limit.signal }).then((): StartReport =>
      failed(`it did not report within ${START_TIMEOUT_MS / 1000} s`),
    ),
  ]).catch((error: unknown) => failed(messageOf(error)));
  limit.abort();
  if (child.connected) child.disconnect();
  child.unref();
  return report;
}

function failed(error: string): StartReport {
  return { isReady: false, error };
}

/** Tells the process that started us in the background, if there is one, how that went. */
export function reportStart(report: StartReport): void {
  process.send?.(report, undefined, {}, () => {
    process.disconnect();
  });
}
