import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
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
import { isTrustedPath } from '../../system/file/trusted-path.js';
import { isExecutable, leadsInside, SCRIPT_TIMEOUT_MS } from './program-files.js';

/** Ganeti: constants.HKR_SKIP, HKR_FAIL, HKR_SUCCESS */
const SKIPPED = 0;
const FAILED = 1;
const SUCCEEDED = 2;

/** Name of a script below the hooks' directory, what became of it, and what it wrote. */
export type HookResult = [script: string, status: 0 | 1 | 2, output: string];

/** Before an operation, when a hook may still prevent it, or after it. */
export type HookPhase = 'pre' | 'post';

/**
 * The programs with which administrators take part in operations of the cluster.
 *
 * Deviation: a script that is a link out of the hooks' directory, to what others than root can change, is not run but fails,
 * and each script has a time limit. Ganeti waits for as long as one takes, though the master does not.
 */
export interface HooksParts {
  readonly confDir: string;
  /** They must not confine what hooks start: some restart daemons, which live on. */
  readonly commands: CommandRunner;
  readonly logger: Logger;
  readonly scriptTimeoutMs?: number;
}

/**
 * Runs the scripts for one operation and phase by name, one after the other, whatever becomes of them; none when there
 * is no directory (Ganeti: backend.HooksRunner.RunHooks).
 *
 * @param env all that the scripts get to know
 * @throws RpcFailure for an operation that cannot have hooks
 */
export async function runHooks(
  parts: HooksParts,
  path: string,
  phase: HookPhase,
  env: Readonly<Record<string, string>>,
): Promise<HookResult[]> {
  if (!isPluginName(path)) throw new RpcFailure(`Invalid hooks path '${path}'`);
  const directory = `${path}-${phase}.d`;
  const results: HookResult[] = [];
  for (const name of await scriptsIn(join(hooksDir(parts), directory))) {
    const result = await runHook(parts, `${directory}/${name}`, env);
    parts.logger.info('hook', { script: result[0], status: result[1] });
    results.push(result);
  }
  return results;
}

/** Hidden files are none; the rest in the order of their names (Ganeti: utils.RunParts). */
async function scriptsIn(directory: string): Promise<string[]> {
  const names = await ignoring(NOT_FOUND, readdir(directory));
  return (names ?? []).filter((name) => !name.startsWith('.')).sort();
}

async function runHook(
  parts: HooksParts,
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<HookResult> {
  const { commands, scriptTimeoutMs: timeoutMs = SCRIPT_TIMEOUT_MS } = parts;
  const path = join(hooksDir(parts), script);
  if (!isPluginName(basename(script)) || !(await isExecutable(path))) return [script, SKIPPED, ''];
  if (!(await leadsInside(path, hooksDir(parts))) && !(await isTrustedPath(path)))
    return [script, FAILED, notExecuted('it is a link to what others than root can change')];
  try {
    const result = await commands.run([path], { timeoutMs, env, cwd: '/' });
    return [script, SUCCEEDED, outputOf(result)];
  } catch (error) {
    return [script, FAILED, failureOf(error)];
  }
}

function hooksDir({ confDir }: HooksParts): string {
  return join(confDir, 'hooks');
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
