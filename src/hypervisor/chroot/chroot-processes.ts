import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError } from '../../base/errors.js';
import { until } from '../../base/retry.js';
import type { ControlGroup, ControlGroups } from '../../system/cgroup/cgroups.js';
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
  readonly killGraceMs?: number;
}

/**
 * The processes of the instances: those in an instance's control groups, and any others that use its mount.
 *
 * Deviation: to Ganeti only the use of the mount counts. A process that an instance started and that has got out of the
 * chroot counts as well here, so that stopping ends it.
 */
export class ChrootProcesses {
  readonly #parts: Required<ChrootProcessesParts>;

  constructor(parts: ChrootProcessesParts) {
    this.#parts = { killGraceMs: KILL_GRACE_MS, ...parts };
  }

  /** @throws HypervisorError for a name that would lead to somebody else's group */
  group(name: string): ControlGroup {
    this.#parts.roots.instanceDir(name);
    return this.#parts.cgroups.group(`instance-${name}`);
  }

  /** Whether the instance has any process (Ganeti: ChrootManager._IsDirLive). */
  async isLive(name: string): Promise<boolean> {
    return (await this.liveAmong([name])).length > 0;
  }

  /** Which of the instances have processes: their control groups say so, or else one pass over /proc for all. */
  async liveAmong(names: readonly string[]): Promise<string[]> {
    const populated = await Promise.all(names.map((name) => this.group(name).isPopulated()));
    const unsure = names.map((name, index) =>
      populated[index] === true ? undefined : this.#parts.roots.instanceDir(name),
    );
    const users = await this.#parts.processes.usersOf(unsure.filter((root) => root !== undefined));
    return names.filter((_, index) => {
      const root = unsure[index];
      return root === undefined || (users.get(root) ?? []).length > 0;
    });
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
    await this.group(name).kill(this.#parts.killGraceMs);
    while (await this.isLive(name)) {
      const left = await this.#signal(name, 'SIGKILL');
      if (performance.now() > end) throw survivors(left);
      await delay(POLLING.pollMs);
    }
  }

  /** Waits until the instance has no process left; false when it still has one after `timeoutMs`. */
  waitUntilDead(name: string, timeoutMs: number): Promise<boolean> {
    return until(async () => !(await this.isLive(name)), { timeoutMs, ...POLLING });
  }

  #signal(name: string, signal: NodeJS.Signals) {
    const whose = {
      root: this.#parts.roots.instanceDir(name),
      cgroup: this.group(name).membership,
    };
    return this.#parts.processes.signal(whose, signal);
  }
}

function survivors(left: readonly { pid: number; use: string }[]): HypervisorError {
  const named = left.slice(0, NAMED_PROCESSES).map(({ pid, use }) => `${pid} (${use})`);
  const which = named.length === 0 ? 'they came and went' : `still there: ${named.join(', ')}`;
  return new HypervisorError(`Can't stop the processes using the chroot; ${which}`, {
    data: { processes: left.map(({ pid }) => pid) },
  });
}
