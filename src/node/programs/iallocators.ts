import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RpcFailure } from '../../base/errors.js';
import { escapeControl } from '../../base/text.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import { writeNewFile } from '../../system/file/changes.js';
import { removeIfExists } from '../../system/file/files.js';
import { findFile } from '../../system/file/find-file.js';
import { SCRIPT_TIMEOUT_MS } from './program-files.js';

/** An answer about all instances of a large cluster is long, and worth nothing if it is cut. */
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
/** How much of its output a failure has. */
const SHOWN_LENGTH = 16 * 1024;

/** The programs that choose nodes for instances. */
export interface IallocatorsParts {
  readonly iallocatorSearchPath: readonly string[];
  readonly temporaryDir: string;
  readonly commands: CommandRunner;
  readonly scriptTimeoutMs?: number;
}

/**
 * What the program answers to a question (Ganeti: backend.IAllocatorRunner.Run).
 *
 * @param input the question, which it finds in a file
 * @param parameters its options; null for those without a value
 * @throws RpcFailure
 */
export async function runIallocator(
  parts: IallocatorsParts,
  name: string,
  input: string,
  parameters: Readonly<Record<string, string | null>>,
): Promise<string> {
  const program = await findFile(name, parts.iallocatorSearchPath, (stats) => stats.isFile());
  if (program === undefined)
    throw new RpcFailure(`iallocator module '${name}' not found in the search path`);
  const file = join(
    parts.temporaryDir,
    `ganeti-iallocator.${randomBytes(9).toString('base64url')}`,
  );
  try {
    await writeNewFile(file, input, 0o600);
    return await ask(parts, name, [program, file, ...optionsOf(parameters)]);
  } finally {
    await removeIfExists(file);
  }
}

async function ask(
  { commands, scriptTimeoutMs: timeoutMs = SCRIPT_TIMEOUT_MS }: IallocatorsParts,
  name: string,
  argv: [string, ...string[]],
): Promise<string> {
  const options = { timeoutMs, outputLimitBytes: OUTPUT_LIMIT_BYTES, cwd: '/' };
  try {
    const { stdout } = await commands.run(argv, options);
    return stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const output = escapeControl(`${error.stdout}${error.stderr}`.slice(0, SHOWN_LENGTH));
    throw new RpcFailure(
      `iallocator module '${name}' failed: ${error.failReason}, output '${output}'`,
      { cause: error },
    );
  }
}

/** Ganeti: noded.perspective_iallocator_runner */
function optionsOf(parameters: Readonly<Record<string, string | null>>): string[] {
  return Object.entries(parameters).map(([name, value]) =>
    value === null ? `--${name}` : `--${name}=${value}`,
  );
}
