import { RpcFailure } from '../../base/errors.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';

const TIMEOUT_MS = 60_000;

/**
 * Makes the switch `name` and connects it to the interface `link`, if there is one; what is there already stays (Ganeti:
 * backend.ConfigureOVS).
 */
export async function configureOvs(
  commands: CommandRunner,
  name: string,
  link: string | null,
): Promise<void> {
  await vsctl(commands, ['add-br', name], 'Failed to create openvswitch.');
  if (link !== null && link !== '')
    await vsctl(
      commands,
      ['add-port', name, link],
      `Failed to connect openvswitch to interface ${link}.`,
    );
}

async function vsctl(
  commands: CommandRunner,
  args: readonly string[],
  complaint: string,
): Promise<void> {
  try {
    await commands.run(['ovs-vsctl', '--may-exist', ...args], { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RpcFailure(
      `${complaint} Script return value: ${error.exitCode ?? 'none'}, output: '${error.output}'`,
      { cause: error },
    );
  }
}
