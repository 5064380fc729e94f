import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { errorReason, ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { safeEncode } from '../../base/text.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../system/command/command.js';
import { isPluginName, NOT_FOUND } from '../../system/file/find-file.js';
import { isExecutable, leadsInside } from './program-files.js';

/** Ganeti: constants.HKR_SKIP, HKR_FAIL, HKR_SUCCESS */
const SKIPPED = 0;
const FAILED = 1;
const SUCCEEDED = 2;

/** Name of a script below the hooks' directory, what became of it, and what it wrote. */
export type HookResult = [script: string, status: 0 | 1 | 2, output: string];

/** Before an operation, when a hook may still prevent it, or after it. */
export type HookPhase = 'pre' | 'post';

export interface HooksParts {
  readonly directory: string;
  readonly commands: CommandRunner;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * The programs with which administrators take part in operations of the cluster.
 *
 * Deviation: a script that is a link out of the hooks' directory is not run but fails, and each script has a time limit.
 * Ganeti waits for as long as one takes, though the master does not.
 */
export class Hooks {
  readonly #parts: HooksParts;

  /** @param parts `commands` must not confine what hooks start: some restart daemons, which live on */
  constructor(parts: HooksParts) {
    this.#parts = parts;
  }

  /**
   * Runs the scripts for one operation and phase by name, one after the other, whatever becomes of them; none when there
   * is no directory (Ganeti: backend.HooksRunner.RunHooks).
   *
   * @param env all that the scripts get to know
   * @throws RpcFailure for an operation that cannot have hooks
   */
  async run(
    path: string,
    phase: HookPhase,
    env: Readonly<Record<string, string>>,
  ): Promise<HookResult[]> {
    if (!isPluginName(path)) throw new RpcFailure(`Invalid hooks path '${path}'`);
    const directory = `${path}-${phase}.d`;
    const results: HookResult[] = [];
    for (const name of await this.#scripts(directory)) {
      const result = await this.#runOne(directory, name, env);
      this.#parts.logger.info('hook', { script: result[0], status: result[1] });
      results.push(result);
    }
    return results;
  }

  /** Hidden files are none; the rest in the order of their names (Ganeti: utils.RunParts). */
  async #scripts(directory: string): Promise<string[]> {
    const names = await ignoring(NOT_FOUND, readdir(join(this.#parts.directory, directory)));
    return (names ?? []).filter((name) => !name.startsWith('.')).sort();
  }

  async #runOne(
    directory: string,
    name: string,
    env: Readonly<Record<string, string>>,
  ): Promise<HookResult> {
    const script = `${directory}/${name}`;
    const path = join(this.#parts.directory, script);
    if (!isPluginName(name) || !(await isExecutable(path))) return [script, SKIPPED, ''];
    if (!(await leadsInside(path, this.#parts.directory)))
      return [script, FAILED, notExecuted('it is a link out of the directory of hooks')];
    try {
      const result = await this.#parts.commands.run([path], {
        timeoutMs: this.#parts.timeoutMs,
        env,
        cwd: '/',
      });
      return [script, SUCCEEDED, outputOf(result)];
    } catch (error) {
      return [script, FAILED, failureOf(error)];
    }
  }
}

function failureOf(error: unknown): string {
  if (!(error instanceof CommandError)) return notExecuted(errorReason(error));
  if (error.timedOut || !hasRun(error)) return notExecuted(error.failReason, outputOf(error));
  return outputOf(error);
}

function hasRun({ exitCode, signal }: CommandError): boolean {
  return exitCode !== undefined || signal !== undefined;
}

function notExecuted(reason: string, output = ''): string {
  return safeEncode(`Hook script execution error: ${reason}${output === '' ? '' : `; ${output}`}`);
}

function outputOf({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string {
  return safeEncode(`${stdout}${stderr}`.trim());
}
