import type { ControlGroup, ControlGroups } from '../cgroup/cgroups.js';
import { NoControlGroupsError } from '../cgroup/no-cgroups.js';
import { processStat } from '../proc/process-stat.js';
import type { CommandResult, CommandRunner } from './command.js';
import type { CommandOptions } from './command-options.js';

/** The group of a program: the PID of its daemon and when that was started, and a number. Before, there was no time. */
const GROUP_NAME = /^program-(\d+)-(?:(\d+)-)?\d+$/;
/** How long it may take until the last process of a program that has ended is gone. */
const KILL_TIMEOUT_MS = 10_000;

/**
 * Starts programs each in a control group of its own, and when one has ended, or its time is over, kills whatever it
 * has started and left behind, in whichever session that may be.
 *
 * Where no control groups can be made only the program's own process group is ended.
 */
export class ConfinedCommands implements CommandRunner {
  readonly #commands: CommandRunner;
  readonly #cgroups: ControlGroups;
  readonly #prefix = `program-${process.pid}-${processStat(process.pid)?.startTicks ?? 0}`;
  #count = 0;

  constructor({ commands, cgroups }: { commands: CommandRunner; cgroups: ControlGroups }) {
    this.#commands = commands;
    this.#cgroups = cgroups;
  }

  /** Ends the programs of daemons that were killed: nobody waits for them, and what is tried again would meet them. */
  async endForsaken(): Promise<void> {
    const names = (await this.#cgroups.names()).filter(isForsaken);
    await Promise.all(
      names.map(async (name) => {
        const group = this.#cgroups.group(name);
        await group.kill(KILL_TIMEOUT_MS);
        await group.remove();
      }),
    );
  }

  async run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
    const group = this.#cgroups.group(`${this.#prefix}-${++this.#count}`);
    try {
      if (!(await isMade(group))) return await this.#commands.run(argv, options);
      return await this.#commands.run(argv, { ...options, cgroupProcs: group.procsFiles });
    } finally {
      await group.kill(KILL_TIMEOUT_MS);
      await group.remove();
    }
  }
}

/** False where no control groups can be made. */
async function isMade(group: ControlGroup): Promise<boolean> {
  try {
    await group.create();
    return true;
  } catch (error) {
    if (error instanceof NoControlGroupsError) return false;
    throw error;
  }
}

/** Another process may have the PID of the daemon by now; in a container it may well be ours. */
function isForsaken(name: string): boolean {
  const [, owner, startTicks] = GROUP_NAME.exec(name) ?? [];
  return owner !== undefined && processStat(Number(owner))?.startTicks !== Number(startTicks);
}
