import type { Logger } from 'winston';
import { BackendError, RpcFailure } from '../../base/errors.js';
import { virtualEnvironment } from '../../ganeti/virtual-cluster.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';

/** As long as the master waits for an answer to these calls. */
const TIMEOUT_MS = 300_000;
/** Ganeti: backend.EnsureDaemon. */
const DAEMONS_FOR_CALLERS = ['ganeti-kvmd'];

/** What starts and stops Ganeti's other daemons: its own tool for that. */
export interface DaemonUtilParts {
  /** The path of `daemon-util`. */
  readonly daemonUtil: string;
  readonly commands: CommandRunner;
  readonly nodeRoot: string | undefined;
  readonly logger: Logger;
}

/** Ganeti: backend.StartMasterDaemons */
export async function startMasterDaemons(
  parts: DaemonUtilParts,
  hasNoVoting: boolean,
): Promise<void> {
  const args = hasNoVoting ? '--no-voting --yes-do-it' : '';
  try {
    await run(parts, ['start-master'], { EXTRA_LUXID_ARGS: args, EXTRA_WCONFD_ARGS: args });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RpcFailure(`Can't start Ganeti master: ${error.output}`, { cause: error });
  }
}

/** Ganeti: backend.StopMasterDaemons. As there, a failure is only logged. */
export async function stopMasterDaemons(parts: DaemonUtilParts): Promise<void> {
  await succeeds(parts, 'stop-master');
}

/**
 * Starts or stops a daemon for a caller, and says whether that worked; false for a daemon that callers may not name.
 *
 * Ganeti: backend.EnsureDaemon
 */
export async function ensureDaemon(
  parts: DaemonUtilParts,
  daemon: string,
  shouldRun: boolean,
): Promise<boolean> {
  if (!DAEMONS_FOR_CALLERS.includes(daemon)) return false;
  return shouldRun ? succeeds(parts, 'check-and-start', daemon) : stopDaemon(parts, daemon);
}

/** Whether it could be stopped, or did not run (Ganeti: utils.StopDaemon). */
export async function stopDaemon(parts: DaemonUtilParts, daemon: string): Promise<boolean> {
  return succeeds(parts, 'stop', daemon);
}

/** @throws NodeError when that cannot be told */
export async function isDaemonRunning(parts: DaemonUtilParts, daemon: string): Promise<boolean> {
  try {
    await run(parts, ['check', daemon]);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.exitCode !== undefined) return false;
    throw new BackendError(`Can't check daemon '${daemon}': ${error.failReason}`, {
      cause: error,
    });
  }
}

async function succeeds(parts: DaemonUtilParts, ...args: string[]): Promise<boolean> {
  try {
    await run(parts, args);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { failReason, output } = error;
    parts.logger.error('daemon-util failed', { args, reason: failReason, output });
    return false;
  }
}

async function run(
  { daemonUtil, commands, nodeRoot }: DaemonUtilParts,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  await commands.run([daemonUtil, ...args], {
    timeoutMs: TIMEOUT_MS,
    env: { ...virtualEnvironment(nodeRoot), ...env },
  });
}
