import { RpcFailure } from '../../base/errors.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';

const TIMEOUT_MS = 60_000;

/** Sets Open vSwitch up (Ganeti: backend.ConfigureOVS). */
export class OpenVswitch {
  readonly #commands: CommandRunner;

  constructor({ commands }: { commands: CommandRunner }) {
    this.#commands = commands;
  }

  /** Makes the switch `name` and connects it to the interface `link`, if there is one; what is there already stays. */
  async configure(name: string, link: string | null): Promise<void> {
    await this.#vsctl(['add-br', name], 'Failed to create openvswitch.');
    if (link !== null && link !== '')
      await this.#vsctl(
        ['add-port', name, link],
        `Failed to connect openvswitch to interface ${link}.`,
      );
  }

  async #vsctl(args: readonly string[], complaint: string): Promise<void> {
    try {
      await this.#commands.run(['ovs-vsctl', '--may-exist', ...args], { timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new RpcFailure(
        `${complaint} Script return value: ${error.exitCode ?? 'none'}, output: '${error.output}'`,
        { cause: error },
      );
    }
  }
}
