import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { access, constants, type FileHandle, open, readFile } from 'node:fs/promises';
import { errorCode, ignoring } from '../../base/errno.js';
import { until } from '../../base/retry.js';
import { lockExclusively, pidfdOpen, pidfdSendSignal, tryLock } from '../kernel/syscalls.js';
import type { LogDoor } from '../log-keeper/log-keeper.js';
import type { LogTarget } from './command-options.js';
import { launcherArgv } from './launcher.js';
import { CLEAN_ENVIRONMENT, withPlainOomScore } from './process-defaults.js';

/** How often it is looked whether a program has ended. */
const POLL_MS = 50;
/** How long SIGKILL may take to act. */
const KILL_GRACE_MS = 10_000;

export interface LastingProgram {
  readonly argv: readonly [string, ...string[]];
  /** Added to `CLEAN_ENVIRONMENT`. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes both streams of output. */
  readonly log: LogTarget;
  /** Is made; holds the program's number, and is locked as long as the program lives. */
  readonly pidFile: string;
}

/**
 * Starts a program that goes on when we end, in a session of its own, without our descriptors and standard input
 * (Ganeti: utils.StartDaemon).
 *
 * @throws Error when it can't be started
 */
export async function startLasting(
  logs: LogDoor,
  { argv, env, log, pidFile }: LastingProgram,
): Promise<void> {
  await access(argv[0], constants.X_OK);
  const file = await open(pidFile, 'wx', 0o600);
  try {
    lockExclusively(file.fd);
    const output = logs.open(log);
    try {
      await file.write(`${await launch(argv, env, output.fd, file)}\n`);
    } finally {
      output.release();
    }
  } finally {
    // The lock is that of the open file, which the program has inherited.
    await file.close();
  }
}

async function launch(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  output: number,
  pidFile: FileHandle,
): Promise<number> {
  const [program, ...args] = launcherArgv(argv, {});
  const child = withPlainOomScore(() =>
    spawn(program, args, {
      env: { ...CLEAN_ENVIRONMENT, ...env },
      cwd: '/',
      // The program keeps the PID file, and with it the lock.
      stdio: ['ignore', output, output, pidFile.fd],
      detached: true,
    }),
  );
  await once(child, 'spawn');
  child.unref();
  return child.pid ?? 0;
}

/** The number of the program that holds the PID file; undefined when it has ended (Ganeti: utils.ReadLockedPidFile). */
export async function lastingPid(pidFile: string): Promise<number | undefined> {
  const file = await ignoring(['ENOENT'], open(pidFile, 'r'));
  if (file === undefined) return undefined;
  try {
    if (tryLock(file.fd)) return undefined;
    return Number(await readFile(pidFile, 'utf8'));
  } finally {
    await file.close();
  }
}

/** @returns whether there was a program to be signalled */
export async function signalLasting(pidFile: string, signal: NodeJS.Signals): Promise<boolean> {
  const pid = await lastingPid(pidFile);
  const pidfd = pid === undefined || pid <= 0 ? undefined : openPidfd(pid);
  if (pidfd === undefined) return false;
  try {
    // The process that holds the lock has held it all the time: the number can't have gone to another process.
    if ((await lastingPid(pidFile)) !== pid) return false;
    pidfdSendSignal(pidfd, signal);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
    return false;
  } finally {
    closeSync(pidfd);
  }
}

function openPidfd(pid: number): number | undefined {
  try {
    return pidfdOpen(pid);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
    return undefined;
  }
}

/**
 * Ends the program, with SIGTERM, and with SIGKILL when that takes longer than `timeoutMs`.
 *
 * @throws Error when it survives
 */
export async function stopLasting(pidFile: string, timeoutMs: number): Promise<void> {
  await signalLasting(pidFile, 'SIGTERM');
  if (await hasEnded(pidFile, timeoutMs)) return;
  await signalLasting(pidFile, 'SIGKILL');
  if (!(await hasEnded(pidFile, KILL_GRACE_MS)))
    throw new Error(`The program of ${pidFile} survived SIGKILL`);
}

function hasEnded(pidFile: string, timeoutMs: number): Promise<boolean> {
  const isFree = async () => (await lastingPid(pidFile)) === undefined;
  return until(isFree, { timeoutMs, pollMs: POLL_MS });
}
