import { execFile } from 'node:child_process';
import { rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readable } from '../../../src/system/proc/mount-table.js';
import { Observer } from './observer.js';

const run = promisify(execFile);
/** How long what has just been let go of may take to be gone. */
const SETTLE_MS = 5_000;
const POLL_MS = 50;

/** What of this machine belongs to a daemon. */
export interface Belongings {
  /** Mount points. */
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
  readonly controlGroups: readonly string[];
  readonly processes: readonly number[];
}

/**
 * Finds and removes what belongs to a daemon with a state directory of its own, and with control groups of that
 * directory's name.
 */
export class Leftovers {
  readonly #stateDir: string;
  readonly #observer: Observer;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.#observer = new Observer(basename(stateDir));
  }

  find(): Belongings {
    const observer = this.#observer;
    return {
      mounts: observer.mounts().map(({ mountPoint }) => readable(mountPoint)),
      loopDevices: observer.loopDevices().map(({ device }) => device),
      controlGroups: observer.controlGroups(),
      // A person may look around in the state directory.
      processes: observer.processes('root', 'exe', 'writes', 'control group'),
    };
  }

  /** All of it, one a line, after it had the time to go by itself. */
  describe(): Promise<string[]> {
    return this.#waitForNothing(() => Promise.resolve());
  }

  /**
   * Takes down all of it, without the daemon's help, and removes the state directory.
   *
   * @throws Error that names what is still there
   */
  async removeAll(): Promise<void> {
    const left = await this.#waitForNothing(() => this.#takeDown());
    if (left.length > 0)
      throw new Error(`${this.#stateDir} is kept, for there is ${left.join(', ')}`);
    await rm(this.#stateDir, { recursive: true });
  }

  /** @param help is done again and again meanwhile */
  async #waitForNothing(help: () => Promise<void>): Promise<string[]> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const { mounts, loopDevices, controlGroups, processes } = this.find();
      const found = [
        ...mounts.map((path) => `a mount at ${path}`),
        ...loopDevices.map((path) => `loop device ${path}`),
        ...controlGroups.map((path) => `control group ${path}`),
        ...processes.map((pid) => `process ${pid}`),
      ];
      if (found.length === 0 || performance.now() > end) return found;
      await help();
      await delay(POLL_MS);
    }
  }

  /** One attempt at it; what does not go now is found again. */
  async #takeDown(): Promise<void> {
    const { mounts, loopDevices, controlGroups, processes } = this.find();
    for (const pid of processes) attempt(() => process.kill(pid, 'SIGKILL'));
    for (const mount of mounts.toReversed()) await run('umount', [mount]).catch(() => undefined);
    // Those of mounts went with them.
    for (const device of loopDevices)
      await run('losetup', ['--detach', device]).catch(() => undefined);
    for (const group of controlGroups.toReversed())
      attempt(() => {
        rmdirSync(group);
      });
  }
}

function attempt(change: () => unknown): void {
  try {
    change();
  } catch {
    // It is gone by now, or is found again.
  }
}
