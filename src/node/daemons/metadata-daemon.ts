import { join } from 'node:path';
import { errorCode } from '../../base/errno.js';
import { BackendError, HypervisorError } from '../../base/errors.js';
import { until } from '../../base/retry.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import { callLuxi } from './luxi.js';

/** Ganeti: constants.METAD */
const DAEMON = 'ganeti-metad';
const START_TIMEOUT_MS = 20_000;
/** Ganeti: constants.LUXI_DEF_CTMO; less, since the master waits 60 s for all of it. */
const CONNECT_TIMEOUT_MS = 15_000;
const CONNECT_RETRY_MS = 200;
const ANSWER_TIMEOUT_MS = 20_000;

/** Nobody listens, or not yet. */
const DOWN = ['ENOENT', 'ECONNREFUSED', 'EAGAIN'];

/** The daemon that tells instances about themselves. It is started when there is something to be told. */
export interface MetadataDaemonParts {
  readonly runDir: string;
  /** The path of Ganeti's program that starts daemons. */
  readonly daemonUtil: string;
  readonly commands: CommandRunner;
  readonly connectTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

/**
 * Hands over all that is known of an instance, its secret parameters too (Ganeti: backend.ModifyInstanceMetadata).
 *
 * Deviation: whether the daemon runs is told by its socket; Ganeti believes a PID file that may be stale.
 *
 * @throws NodeError when the daemon cannot be started or reached, or does not take it
 */
export async function updateMetadata(
  parts: MetadataDaemonParts,
  instance: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (await send(parts, instance)) return;
  await start(parts);
  const { connectTimeoutMs: timeoutMs = CONNECT_TIMEOUT_MS } = parts;
  const patience = { timeoutMs, pollMs: CONNECT_RETRY_MS };
  if (!(await until(() => send(parts, instance), patience)))
    throw new BackendError('Connect timed out');
}

/** @returns false when the daemon does not run */
async function send(
  { runDir, answerTimeoutMs: timeoutMs = ANSWER_TIMEOUT_MS }: MetadataDaemonParts,
  instance: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  try {
    const socket = join(runDir, 'socket/ganeti-metad');
    await callLuxi(socket, 'updateConfig', [instance], { timeoutMs });
    return true;
  } catch (error) {
    if (DOWN.includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

async function start({ daemonUtil, commands }: MetadataDaemonParts): Promise<void> {
  try {
    await commands.run([daemonUtil, 'start', DAEMON], { timeoutMs: START_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new HypervisorError('Failed to start metadata daemon', { cause: error });
  }
}
