import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { ignoringNow } from '../../base/errno.js';

/*
 * A daemon in the background reports how its start went to the process that has started it: through the descriptor whose number this
 * variable holds, `ready` or else what went wrong, as one line. etc/ganeti-noded.sh starts it in the same way.
 */
const REPORT_VARIABLE = 'CHROOT_NODED_REPORT_FD';
const REPORT_FD = 3;
const READY = 'ready';

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
 * Node's own `spawn` will do here, where there is little to be read: loading execa takes twice as long as starting Node.
 *
 * @param args its command line, without the program
 */
export async function startInBackground(args: readonly string[]): Promise<StartReport> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, process.argv[1] ?? '', ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, [REPORT_VARIABLE]: String(REPORT_FD) },
    detached: true,
  });
  child.on('error', () => undefined);
  const pipe = child.stdio[REPORT_FD] as NodeJS.ReadableStream & { destroy(): void };
  const limit = new AbortController();
  const late = `it did not report within ${START_TIMEOUT_MS / 1000} s`;
  const report = await Promise.race([
    text(pipe),
    delay(START_TIMEOUT_MS, late, { signal: limit.signal }),
  ]);
  limit.abort();
  pipe.destroy();
  child.unref();
  if (report.trim() === READY) return { isReady: true };
  return { isReady: false, error: report.trim() || 'it exited without reporting an error' };
}

/** Whether somebody has started this process in the background, and waits for its report. */
export function isInBackground(): boolean {
  return process.env[REPORT_VARIABLE] !== undefined;
}

/** Tells the process that started us in the background, if there is one, how that went. Only the first report counts. */
export function reportStart(report: StartReport): void {
  const fd = Number(process.env[REPORT_VARIABLE]);
  if (!(fd >= REPORT_FD)) return;
  // The number may be given out again.
  Reflect.deleteProperty(process.env, REPORT_VARIABLE);
  const line = report.isReady ? READY : report.error.replaceAll('\n', ' ');
  // It may have given up.
  ignoringNow(['EPIPE'], () => writeSync(fd, `${line}\n`));
  closeSync(fd);
}
