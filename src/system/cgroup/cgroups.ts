import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SYSTEM_CLOCK } from '../../base/clock.js';
import { errorCode, ignoring } from '../../base/errno.js';
import { unlessSooner, until } from '../../base/retry.js';
import { stepDone } from '../kernel/steps.js';
import type { Stray } from '../proc/process-scan.js';
import type { ProcessDoor } from '../proc/processes.js';
import {
  type Accounting,
  accountingOf,
  enableControllers,
  type Limits,
  type Usage,
} from './accounting.js';
import {
  groupProcesses,
  makeGroup,
  makeNotedGroup,
  removeGroup,
  subgroups,
  writeGroupFile,
} from './group-files.js';
import { findLayout } from './layout.js';
import { type TrackingHierarchy, trackingHierarchy } from './tracking.js';
import { whenEmpty } from './when-empty.js';

/** How often it is looked whether the killed are gone, and who else has come. */
const POLL_MS = 20;
/** After so many rounds of killing each by itself they may fork faster than that. */
const ROUNDS_BY_ONE = 3;

/** One group of processes: a control group in the tracking hierarchy, and one for each controller of version 1. */
export interface ControlGroup {
  /** The tracking group's directory. */
  readonly directory: string;
  /** A process that writes 0 to each of these belongs to the group. */
  readonly procsFiles: readonly string[];
  create(): Promise<void>;
  exists(): boolean;
  isPopulated(): Promise<boolean>;
  /** Resolves when nobody is in it any more, or when `signal` says that nobody wants to know. */
  whenEmpty(signal: AbortSignal): Promise<void>;
  /**
   * Kills every process of the group, and waits up to `timeoutMs` until none is left.
   *
   * @returns who stood in it and is not of it (`Ownership`); they are moved out, where the kernel lets us
   */
  kill(timeoutMs: number): Promise<readonly Stray[]>;
  usage(): Promise<Usage>;
  /** How many processes the kernel has killed for lack of memory; 0 where nobody counts. */
  memoryKills(): Promise<number>;
  limit(limits: Limits): Promise<void>;
  /** @throws Error `EBUSY` when processes are left */
  remove(): Promise<void>;
}

/** Gives out control groups; an interface so that tests can pass a fake. */
export interface ControlGroups {
  /** Why none can be made; undefined when they can. */
  readonly missing: string | undefined;
  /**
   * @param name with a dash in it, which no file of the kernel's in a group has
   * @param root of the instance that the group is for
   */
  group(name: string, root?: string): ControlGroup;
  /** Names of the groups that there are. */
  names(): Promise<string[]>;
}

/** The group of the instance with this name. */
export function instanceGroup(name: string): string {
  return `instance-${name}`;
}

export interface CgroupsParts {
  readonly processes: ProcessDoor;
  /** The directory in which instances have their roots, as the kernel names it. */
  readonly rootsDir: string;
  /** The kernel's, unless given. */
  readonly mountinfo?: string;
}

/**
 * Keeps processes in control groups below `parent`: those of each instance in one of their own.
 *
 * Version 2 is used where it is mounted, also beside version 1 and without controllers; version 1 where that is all
 * there is. Controllers are taken from whichever version has them.
 */
export class Cgroups implements ControlGroups {
  readonly missing = undefined;
  readonly #parent: string;
  readonly #tracking: TrackingHierarchy;
  readonly #accounting: Accounting;
  readonly #parts: CgroupsParts;

  private constructor(
    parent: string,
    tracking: TrackingHierarchy,
    accounting: Accounting,
    parts: CgroupsParts,
  ) {
    this.#parent = parent;
    this.#tracking = tracking;
    this.#accounting = accounting;
    this.#parts = parts;
  }

  /**
   * @param parent path of the parent group in every hierarchy, for instance "chroot-noded"
   * @throws Error when the node has no usable hierarchy
   */
  static async detect(parent: string, parts: CgroupsParts): Promise<Cgroups> {
    const { rootsDir, mountinfo = '/proc/self/mountinfo' } = parts;
    const layout = await findLayout(mountinfo, rootsDir);
    const tracking = trackingHierarchy(layout);
    if (tracking === undefined)
      throw new Error(
        'No control groups are mounted: neither version 2 nor the freezer of version 1',
      );
    const top = join(tracking.path, parent);
    await makeGroup(top);
    const controllers =
      layout.unified === undefined
        ? new Set<string>()
        : await enableControllers(pathTo(tracking.path, parent), ['memory', 'cpu', 'pids']);
    return new Cgroups(parent, tracking, accountingOf(layout, controllers), parts);
  }

  /** Removes the parent groups, unless there are instances in them. */
  async close(): Promise<void> {
    for (const hierarchy of this.#hierarchies)
      await ignoring(['EBUSY', 'ENOTEMPTY', 'ENOENT'], rmdir(join(hierarchy, this.#parent)));
  }

  get #hierarchies(): string[] {
    return [this.#tracking.path, ...this.#accounting.hierarchies];
  }

  async names(): Promise<string[]> {
    const groups = await subgroups(join(this.#tracking.path, this.#parent));
    return groups.map((path) => basename(path));
  }

  group(name: string, root?: string): ControlGroup {
    const path = join(this.#parent, name);
    const directoryIn = (hierarchy: string) => join(hierarchy, path);
    const tracking = this.#tracking;
    const accounting = this.#accounting;
    const directory = directoryIn(tracking.path);
    // Most are made for a look at their processes alone.
    const directories = () => this.#hierarchies.map(directoryIn);
    return {
      directory,
      get procsFiles() {
        return directories().map((path) => join(path, 'cgroup.procs'));
      },
      create: async () => {
        await makeNotedGroup(directory);
        for (const path of directories()) await makeGroup(path);
      },
      exists: () => existsSync(directory),
      isPopulated: async () => tracking.isPopulated(directory),
      whenEmpty: (signal) => whenEmpty(tracking, directory, signal),
      kill: (timeoutMs) => this.#kill(directory, root, timeoutMs),
      usage: () => accounting.usage(directoryIn, tracking.path),
      memoryKills: async () => (await accounting.memoryKills(directoryIn)) ?? 0,
      limit: (limits) => accounting.limit(directoryIn, limits),
      remove: async () => {
        // Strangers that were moved into the others alone.
        if (!(await tracking.isPopulated(directory)))
          for (const hierarchy of accounting.hierarchies)
            for (const pid of groupProcesses(directoryIn(hierarchy))) await moveTo(hierarchy, pid);
        // Last the one by which `names` knows of the others.
        for (const path of directories().reverse()) await removeGroup(path);
      },
    };
  }

  /** One by one, as each is looked at before; and at once those that fork faster, while nobody else is among them. */
  async #kill(group: string, root: string | undefined, timeoutMs: number): Promise<Stray[]> {
    const { processes, rootsDir } = this.#parts;
    const tracking = this.#tracking;
    const found = new Map<number, Stray>();
    let round = 0;
    const isDone = async () => {
      if (!(await tracking.isPopulated(group))) return true;
      const { signalled, strays } = await processes.signal({ group, root, rootsDir }, 'SIGKILL');
      if (++round === 1) stepDone('control group killed', group);
      for (const stray of strays) found.set(stray.pid, stray);
      const areOut = await Promise.all(strays.map((stray) => this.#putOut(stray)));
      if (strays.length === 0 && round > ROUNDS_BY_ONE) await tracking.kill(group);
      return signalled.length === 0 && areOut.includes(false);
    };
    const sleep = (ms: number) => unlessSooner(ms, (signal) => whenEmpty(tracking, group, signal));
    await until(isDone, { timeoutMs, pollMs: POLL_MS, clock: { ...SYSTEM_CLOCK, sleep } });
    return [...found.values()];
  }

  /** Back into the group of its instance, or else out of all groups. */
  async #putOut({ pid, root }: Stray): Promise<boolean> {
    const home = root === undefined ? undefined : join(this.#parent, instanceGroup(basename(root)));
    const isBack = home !== undefined && (await moveTo(join(this.#tracking.path, home), pid));
    return isBack || moveTo(this.#tracking.path, pid);
  }
}

/** @returns false where the kernel does not let us */
async function moveTo(group: string, pid: number): Promise<boolean> {
  try {
    await writeGroupFile(group, 'cgroup.procs', String(pid));
    return true;
  } catch (error) {
    // It is gone.
    return errorCode(error) === 'ESRCH';
  }
}

/** The directories from `top` down to `path` below it. */
function pathTo(top: string, path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [top, ...parts.map((_, index) => join(top, ...parts.slice(0, index + 1)))];
}
