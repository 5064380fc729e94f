import { fileURLToPath } from 'node:url';
import type { CommandRunner } from '../command/command.js';
import type { DeviceNode, NodeDirectory } from './device-nodes.js';

const DEVICE_NODES = fileURLToPath(new URL('./device-nodes-main.js', import.meta.url));

/** The nodes in `/dev/ganeti` of chroots; each change in a program of its own with a time limit. */
export class DeviceDirectories {
  readonly #commands: CommandRunner;
  readonly #timeoutMs: number;

  constructor({ commands, timeoutMs }: { commands: CommandRunner; timeoutMs: number }) {
    this.#commands = commands;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Makes the nodes, each in place of whatever had its name.
   *
   * @throws CommandError that says why not; some may have been made
   */
  async show(directory: NodeDirectory, nodes: readonly DeviceNode[]): Promise<void> {
    const args = nodes.map(({ name, device }) => `${name}=${device}`);
    if (args.length > 0) await this.#run(directory, 'show', args);
  }

  /**
   * Removes the nodes, if they are there.
   *
   * @throws CommandError
   */
  async hide(directory: NodeDirectory, names: readonly string[]): Promise<void> {
    await this.#run(directory, 'hide', names);
  }

  async #run({ root, label }: NodeDirectory, verb: 'show' | 'hide', args: readonly string[]) {
    const argv: [string, ...string[]] = [
      process.execPath,
      DEVICE_NODES,
      root,
      label,
      verb,
      ...args,
    ];
    await this.#commands.run(argv, { timeoutMs: this.#timeoutMs });
  }
}
