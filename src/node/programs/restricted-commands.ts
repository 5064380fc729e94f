import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { escapeControl } from '../../base/text.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import type { FileOwner } from '../../system/file/changes.js';
import { withFileLock } from '../../system/file/file-lock.js';
import { isPluginName } from '../../system/file/find-file.js';
import { isExecutable, leadsInside } from './program-files.js';

/** Ganeti: backend._RCMD_MAX_MODE */
const MOST_PERMISSIVE_MODE = 0o755;
const PERMISSION_BITS = 0o7777;

/** The commands that the master may run on nodes: those that an administrator has put into a directory for it. */
export interface RestrictedCommandsParts {
  readonly confDir: string;
  readonly lockDir: string;
  readonly commands: CommandRunner;
  readonly logger: Logger;
  /** Other than usual, for tests. */
  readonly restrictedCommands?: Partial<RestrictedCommandsRules>;
}

export interface RestrictedCommandsRules {
  /** Who the directory and what is in it have to belong to. */
  readonly owner: FileOwner;
  readonly timeoutMs: number;
  readonly failureDelayMs: number;
  readonly lockTimeoutMs: number;
}

const RULES: RestrictedCommandsRules = {
  owner: { uid: 0, gid: 0 },
  // The master waits an hour; then nobody listens.
  timeoutMs: 3_500_000,
  // How slow probing is made (Ganeti: backend._RCMD_INVALID_DELAY, _RCMD_LOCK_TIMEOUT).
  failureDelayMs: 10_000,
  lockTimeoutMs: 8_000,
};

/**
 * The output of a command (Ganeti: backend.RunRestrictedCmd).
 *
 * Why one cannot be run is only logged, and said after a while, one caller after the other: nobody is to find out what
 * there is by asking.
 *
 * Deviation: a link out of the directory is not followed.
 *
 * @throws RpcFailure
 */
export async function runRestrictedCommand(
  parts: RestrictedCommandsParts,
  name: string,
): Promise<string> {
  const { commands, logger } = parts;
  logger.info('preparing to run a restricted command', { command: name });
  const path = await prepare(parts, name);
  if (path === undefined) throw new RpcFailure(`Executing command '${name}' failed`);
  try {
    const { timeoutMs } = rulesOf(parts);
    const { stdout, stderr } = await commands.run([path], { timeoutMs, cwd: '/' });
    return `${stdout}${stderr}`;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const output = escapeControl(`${error.stdout}${error.stderr}`);
    throw new RpcFailure(
      `Restricted command '${name}' failed: ${error.failReason}; output: ${output}`,
      { cause: error },
    );
  }
}

/** The path of the command, or undefined when it may not be run. */
async function prepare(parts: RestrictedCommandsParts, name: string): Promise<string | undefined> {
  const lockFile = join(parts.lockDir, 'ganeti-restricted-commands.lock');
  const options = { timeoutMs: rulesOf(parts).lockTimeoutMs, mode: 0o600 };
  try {
    // What is refused keeps the lock until it is said: many who ask at once get no answers sooner.
    return await withFileLock(lockFile, options, () => checkedOrRefused(parts, name));
  } catch (error) {
    await refuse(parts, name, error);
    return undefined;
  }
}

async function checkedOrRefused(
  parts: RestrictedCommandsParts,
  name: string,
): Promise<string | undefined> {
  try {
    return await checkedPath(parts, name);
  } catch (error) {
    await refuse(parts, name, error);
    return undefined;
  }
}

async function refuse(parts: RestrictedCommandsParts, name: string, error: unknown): Promise<void> {
  const reason = errorReason(error);
  parts.logger.error('restricted command refused', { command: name, reason });
  await delay(rulesOf(parts).failureDelayMs);
}

/** Ganeti: backend._PrepareRestrictedCmd */
async function checkedPath(parts: RestrictedCommandsParts, name: string): Promise<string> {
  const directory = join(parts.confDir, 'restricted-commands');
  const stats = await checkedStats(parts, directory);
  if (!stats.isDirectory()) throw new Error(`Path '${directory}' is not a directory`);
  if (name.trim() === '') throw new Error('Missing command name');
  if (name.includes('/')) throw new Error('Invalid command name');
  if (!isPluginName(name)) throw new Error('Command name contains forbidden characters');
  const path = join(directory, name);
  await checkedStats(parts, path);
  if (!(await isExecutable(path))) throw new Error(`'${path}' can't be executed`);
  if (!(await leadsInside(path, directory)))
    throw new Error(`'${path}' leads out of its directory`);
  return path;
}

/** Ganeti: backend._CommonRestrictedCmdCheck */
async function checkedStats(parts: RestrictedCommandsParts, path: string): Promise<Stats> {
  const stats = await stat(path);
  const { uid, gid } = rulesOf(parts).owner;
  if ((stats.mode & PERMISSION_BITS & ~MOST_PERMISSIVE_MODE) !== 0)
    throw new Error(`Permissions on '${path}' are too permissive`);
  if (stats.uid !== uid || stats.gid !== gid)
    throw new Error(`'${path}' is not owned by ${uid}:${gid}`);
  return stats;
}

function rulesOf({ restrictedCommands }: RestrictedCommandsParts): RestrictedCommandsRules {
  return { ...RULES, ...restrictedCommands };
}
