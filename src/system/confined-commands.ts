import type { ControlGroups } from './cgroups.js';
import type { CommandOptions, CommandResult, CommandRunner } from './command.js';

/** How long it may take until the last process of a program that has ended is gone. */
const KILL_TIMEOUT_MS = 10_000;

/**
 * Starts programs each in a control group of its own, and when one has ended, or its time is over, kills whatever it
 * has started and left behind, in whichever session that may be.
 */
export class ConfinedCommands implements CommandRunner {
  readonly #commands: CommandRunner;
  readonly #cgroups: ControlGroups;
  #count = 0;

  constructor({ commands, cgroups }: { commands: CommandRunner; cgroups: ControlGroups }) {
    this.#commands = commands;
    this.#cgroups = cgroups;
  }

  async run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
    const group = this.#cgroups.group(`program-${process.pid}-${++this.#count}`);
    try {
      await group.create();
      return await this.#commands.run(argv, { ...options, cgroupProcs: group.procsFiles });
    } finally {
      await group.kill(KILL_TIMEOUT_MS);
      await group.remove();
    }
  }
}
