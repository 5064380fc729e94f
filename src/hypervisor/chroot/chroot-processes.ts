import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'winston';
import { type Clock, SYSTEM_CLOCK } from '../../base/clock.js';
import { HypervisorError, messageOf } from '../../base/errors.js';
import { unlessSooner, until } from '../../base/retry.js';
import {
  type ControlGroup,
  type ControlGroups,
  instanceGroup,
} from '../../system/cgroup/cgroups.js';
import type { ProcessUse, Signalled, Stray } from '../../system/proc/process-scan.js';
import type { ProcessDoor } from '../../system/proc/processes.js';
import type { ChrootRoots } from './chroot-roots.js';

/** How long SIGKILL may take to act (Ganeti waits 2 s; a process in a disk's hands takes longer). */
const KILL_GRACE_MS = 10_000;
/** How often it is looked again while waiting: soon at first. */
const POLLING = { pollMs: 10, longestPollMs: 500 };
/** How many processes an error message names. */
const NAMED_PROCESSES = 5;

export interface ChrootProcessesParts {
  readonly roots: ChrootRoots;
  readonly cgroups: ControlGroups;
  readonly processes: ProcessDoor;
  readonly logger: Logger;
  readonly killGraceMs?: number;
}

/**
 * The processes of the instances: those in an instance's control group, and those that were started in its root and have
 * got out of the group.
 *
 * Deviation: to Ganeti every process that uses the mount is one of the instance. Here one that only holds a file, or has come
 * into the root from outside, does not make it live; and only who has the root is killed with it. Where an instance has
 * no control group, Ganeti's own daemon has started it, and all that have its root count.
 */
export class ChrootProcesses {
  readonly #parts: Required<ChrootProcessesParts>;

  constructor(parts: ChrootProcessesParts) {
    this.#parts = { killGraceMs: KILL_GRACE_MS, ...parts };
  }

  /** @throws HypervisorError for a name that would lead to somebody else's group */
  group(name: string): ControlGroup {
    const root = this.#parts.roots.instanceDir(name);
    return this.#parts.cgroups.group(instanceGroup(name), root);
  }

  /** Whether the instance has any process (Ganeti: ChrootManager._IsDirLive). */
  async isLive(name: string): Promise<boolean> {
    return (await this.liveAmong([name])).length > 0;
  }

  /** Which of the instances have processes: their control groups say so, or else one pass over /proc for all. */
  async liveAmong(names: readonly string[]): Promise<string[]> {
    const insiders = await this.#insidersOf(names);
    const isVisited = names.some((name) => insiders.get(name)?.every(isVisitor) === true);
    const groups = isVisited ? await this.#parts.cgroups.names() : [];
    return names.filter((name) => {
      const inside = insiders.get(name);
      return (
        inside !== undefined && !(inside.every(isVisitor) && groups.includes(instanceGroup(name)))
      );
    });
  }

  /** Whether any process is to be ended with the instance: its own, or a visitor's. */
  async isOccupied(name: string): Promise<boolean> {
    return (await this.#insidersOf([name])).has(name);
  }

  /** Asks all processes of the instance to end. */
  async terminate(name: string): Promise<void> {
    await this.#signal(name, 'SIGTERM');
  }

  /**
   * Kills all processes of the instance.
   *
   * @throws HypervisorError when some survive
   */
  async kill(name: string): Promise<void> {
    const end = performance.now() + this.#parts.killGraceMs;
    this.#logStrays(name, await this.group(name).kill(this.#parts.killGraceMs));
    while (await this.isOccupied(name)) {
      const { signalled, strays } = await this.#signal(name, 'SIGKILL');
      if (performance.now() > end) throw survivors(signalled, strays);
      await delay(POLLING.pollMs);
    }
  }

  /** Waits so long, or until nobody is in the control group. */
  pauseWhilePopulated(name: string, ms: number): Promise<void> {
    return unlessSooner(ms, (signal) => this.group(name).whenEmpty(signal));
  }

  /** Waits so long, or until the last one has left the control group. */
  async pauseUnlessEmptied(
    name: string,
    ms: number,
    clock: Pick<Clock, 'sleep'> = SYSTEM_CLOCK,
  ): Promise<void> {
    const group = this.group(name);
    // Who is left has its root without being in the group.
    if (!(await group.isPopulated())) return clock.sleep(ms);
    return unlessSooner(ms, (signal) => group.whenEmpty(signal), clock);
  }

  /** Waits until the instance has no process left; false when it still has one after `timeoutMs`. */
  waitUntilDead(name: string, timeoutMs: number): Promise<boolean> {
    const sleep = (ms: number) => this.pauseUnlessEmptied(name, ms);
    const clock = { ...SYSTEM_CLOCK, sleep };
    return until(async () => !(await this.isLive(name)), { timeoutMs, ...POLLING, clock });
  }

  /** The failure to unmount the root with the names of those who keep it busy, as far as they are found. */
  async namingHolders(name: string, error: HypervisorError): Promise<HypervisorError> {
    const { processes, roots, logger } = this.#parts;
    const devices = error.data['devices'];
    try {
      const root = roots.instanceDir(name);
      const found = await processes.holdersOf(root, isTexts(devices) ? devices : [], roots.rootDir);
      const holders = found.holders.map(({ pid, command, use }) => `${pid} (${command}, ${use})`);
      const used = holders.length === 0 ? '' : `; used by ${holders.join(', ')}`;
      const untold = found.untold.map(
        (whose) => `; ${whose} has too much open to look through all`,
      );
      return new HypervisorError(`${error.message}${used}${untold.join('')}`, {
        cause: error,
        data: { ...error.data, processes: found.holders.map(({ pid }) => pid) },
      });
    } catch (failure) {
      logger.warn("can't find who uses a root", { instance: name, reason: messageOf(failure) });
      return error;
    }
  }

  /**
   * An entry for each of the instances in which any process is: none where the control group has them, or who has the
   * root.
   */
  async #insidersOf(names: readonly string[]): Promise<Map<string, readonly ProcessUse[]>> {
    const insiders = new Map<string, readonly ProcessUse[]>();
    const rest: string[] = [];
    const populated = await Promise.all(names.map((name) => this.group(name).isPopulated()));
    for (const [index, name] of names.entries())
      if (populated[index] === true) insiders.set(name, [OF_GROUP]);
      else rest.push(name);
    const rootOf = (name: string) => this.#parts.roots.instanceDir(name);
    const users = await this.#parts.processes.usersOf(rest.map(rootOf));
    for (const name of rest) {
      const found = users.get(rootOf(name)) ?? [];
      if (found.length > 0) insiders.set(name, found);
    }
    return insiders;
  }

  #signal(name: string, signal: NodeJS.Signals): Promise<Signalled> {
    const { processes, roots } = this.#parts;
    const root = roots.instanceDir(name);
    const { directory: group } = this.group(name);
    return processes.signal({ root, group, rootsDir: roots.rootDir }, signal);
  }

  #logStrays(instance: string, strays: readonly Stray[]): void {
    if (strays.length === 0) return;
    this.#parts.logger.warn('processes that are not its own were in the group of an instance', {
      instance,
      processes: strays.map(described),
    });
  }
}

/** Stands for any member of a control group: which one it is does not matter. */
const OF_GROUP: ProcessUse = { pid: 0, use: 'cgroup' };

function isVisitor(use: ProcessUse): boolean {
  return use.isVisitor === true;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function described({ pid, command, whose }: Stray): string {
  return `${pid} (${command}, ${whose})`;
}

function survivors(left: readonly ProcessUse[], strays: readonly Stray[]): HypervisorError {
  const named = [...left.map(({ pid, use }) => `${pid} (${use})`), ...strays.map(described)].slice(
    0,
    NAMED_PROCESSES,
  );
  const which = named.length === 0 ? 'they came and went' : `still there: ${named.join(', ')}`;
  return new HypervisorError(`Can't stop the processes using the chroot; ${which}`, {
    data: { processes: [...left, ...strays].map(({ pid }) => pid) },
  });
}
