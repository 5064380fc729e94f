import { isAbsolute, normalize } from 'node:path';
import { RpcFailure } from '../../base/errors.js';
import { escapeControl } from '../../base/text.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';

/** What can be asked of a node from outside (Ganeti: constants.OOB_COMMANDS). */
export type OutOfBandCommand = 'power-on' | 'power-off' | 'power-cycle' | 'power-status' | 'health';

/**
 * What a program that manages nodes past their operating systems, through a management board for instance, says; read as JSON; null when it says nothing (Ganeti: backend.RunOob).
 *
 * Deviation: the program has to be an absolute path, and the node's name cannot be taken for an option.
 *
 * @param node the node that it is about, which is another one
 * @throws RpcFailure
 */
export async function runOutOfBand(
  commands: CommandRunner,
  program: string,
  command: OutOfBandCommand,
  node: string,
  timeoutMs: number,
): Promise<unknown> {
  if (!isAbsolute(program) || normalize(program) !== program)
    throw new RpcFailure(`'${program}' is not an absolute normalized path`);
  if (node.startsWith('-')) throw new RpcFailure(`Invalid node name '${node}'`);
  const argv = [program, command, node] as const;
  const output = await outputOf(commands, [...argv], timeoutMs);
  if (output === '') return null;
  try {
    return JSON.parse(output) as unknown;
  } catch (error) {
    throw new RpcFailure(`'${argv.join(' ')}' did not answer in JSON`, { cause: error });
  }
}

async function outputOf(
  commands: CommandRunner,
  argv: [string, ...string[]],
  timeoutMs: number,
): Promise<string> {
  try {
    const { stdout } = await commands.run(argv, { timeoutMs, cwd: '/' });
    return stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const output = escapeControl(`${error.stdout}${error.stderr}`);
    throw new RpcFailure(
      `'${argv.join(' ')}' failed with reason '${error.failReason}'; output: ${output}`,
      { cause: error },
    );
  }
}
