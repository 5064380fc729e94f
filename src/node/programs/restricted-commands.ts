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

/** How slow probing is made (Ganeti: backend._RCMD_INVALID_DELAY, _RCMD_LOCK_TIMEOUT). */
const FAILURE_DELAY_MS = 10_000;
const LOCK_TIMEOUT_MS = 8_000;
/** Ganeti: backend._RCMD_MAX_MODE */
const MOST_PERMISSIVE_MODE = 0o755;
const PERMISSION_BITS = 0o7777;
const ROOT: FileOwner = { uid: 0, gid: 0 };

export interface RestrictedCommandsParts {
  readonly directory: string;
  readonly lockFile: string;
  readonly commands: CommandRunner;
  readonly logger: Logger;
  /** How long a command may take. */
  readonly timeoutMs: number;
  /** Who the directory and what is in it have to belong to. */
  readonly owner?: FileOwner;
  readonly failureDelayMs?: number;
  readonly lockTimeoutMs?: number;
}

/** The commands that the master may run on nodes: those that an administrator has put into a directory for it. */
export class RestrictedCommands {
  readonly #parts: Required<RestrictedCommandsParts>;

  constructor(parts: RestrictedCommandsParts) {
    this.#parts = {
      owner: ROOT,
      failureDelayMs: FAILURE_DELAY_MS,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      ...parts,
    };
  }

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
  async run(name: string): Promise<string> {
    this.#parts.logger.info('preparing to run a restricted command', { command: name });
    const path = await this.#prepare(name);
    if (path === undefined) throw new RpcFailure(`Executing command '${name}' failed`);
    try {
      const { stdout, stderr } = await this.#parts.commands.run([path], {
        timeoutMs: this.#parts.timeoutMs,
        cwd: '/',
      });
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
  async #prepare(name: string): Promise<string | undefined> {
    const { lockFile, lockTimeoutMs } = this.#parts;
    const options = { timeoutMs: lockTimeoutMs, mode: 0o600 };
    try {
      // What is refused keeps the lock until it is said: many who ask at once get no answers sooner.
      return await withFileLock(lockFile, options, () => this.#checkedOrRefused(name));
    } catch (error) {
      await this.#refuse(name, error);
      return undefined;
    }
  }

  async #checkedOrRefused(name: string): Promise<string | undefined> {
    try {
      return await this.#checkedPath(name);
    } catch (error) {
      await this.#refuse(name, error);
      return undefined;
    }
  }

  async #refuse(name: string, error: unknown): Promise<void> {
    const reason = errorReason(error);
    this.#parts.logger.error('restricted command refused', { command: name, reason });
    await delay(this.#parts.failureDelayMs);
  }

  /** Ganeti: backend._PrepareRestrictedCmd */
  async #checkedPath(name: string): Promise<string> {
    const { directory } = this.#parts;
    const stats = await this.#checkedStats(directory);
    if (!stats.isDirectory()) throw new Error(`Path '${directory}' is not a directory`);
    if (name.trim() === '') throw new Error('Missing command name');
    if (name.includes('/')) throw new Error('Invalid command name');
    if (!isPluginName(name)) throw new Error('Command name contains forbidden characters');
    const path = join(directory, name);
    await this.#checkedStats(path);
    if (!(await isExecutable(path))) throw new Error(`'${path}' can't be executed`);
    if (!(await leadsInside(path, directory)))
      throw new Error(`'${path}' leads out of its directory`);
    return path;
  }

  /** Ganeti: backend._CommonRestrictedCmdCheck */
  async #checkedStats(path: string): Promise<Stats> {
    const stats = await stat(path);
    const { uid, gid } = this.#parts.owner;
    if ((stats.mode & PERMISSION_BITS & ~MOST_PERMISSIVE_MODE) !== 0)
      throw new Error(`Permissions on '${path}' are too permissive`);
    if (stats.uid !== uid || stats.gid !== gid)
      throw new Error(`'${path}' is not owned by ${uid}:${gid}`);
    return stats;
  }
}
