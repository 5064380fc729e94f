import { readFile, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { until } from '../../base/retry.js';
import { stepDone } from '../kernel/steps.js';
import {
  type Accounting,
  accountingOf,
  enableControllers,
  type Limits,
  type Usage,
} from './accounting.js';
import { makeGroup, removeGroup, subgroups } from './group-files.js';
import { readLayout } from './layout.js';
import { type TrackingHierarchy, trackingHierarchy } from './tracking.js';

/** How often it is looked whether the killed are gone. */
const POLL_MS = 5;

/** One group of processes: a control group in the tracking hierarchy, and one for each controller of version 1. */
export interface ControlGroup {
  /** As at the end of a line of /proc/PID/cgroup; undefined for a group that no process can be in. */
  readonly membership: string | undefined;
  /** The tracking group's directory. */
  readonly directory: string;
  /** A process that writes 0 to each of these belongs to the group. */
  readonly procsFiles: readonly string[];
  create(): Promise<void>;
  isPopulated(): Promise<boolean>;
  /** Kills every process of the group; true when none is left within `timeoutMs`. */
  kill(timeoutMs: number): Promise<boolean>;
  usage(): Promise<Usage>;
  limit(limits: Limits): Promise<void>;
  /** @throws Error `EBUSY` when processes are left */
  remove(): Promise<void>;
}

/** Gives out control groups; an interface so that tests can pass a fake. */
export interface ControlGroups {
  /** Why none can be made; undefined when they can. */
  readonly missing: string | undefined;
  /** @param name with a dash in it, which no file of the kernel's in a group has */
  group(name: string): ControlGroup;
  /** Names of the groups that there are. */
  names(): Promise<string[]>;
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

  constructor(parent: string, tracking: TrackingHierarchy, accounting: Accounting) {
    this.#parent = parent;
    this.#tracking = tracking;
    this.#accounting = accounting;
  }

  /**
   * @param parent path of the parent group in every hierarchy, for instance "chroot-noded"
   * @throws Error when the node has no usable hierarchy
   */
  static async detect(parent: string, mountinfo = '/proc/self/mountinfo'): Promise<Cgroups> {
    const layout = readLayout(await readFile(mountinfo, 'latin1'));
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
        : await enableControllers(pathTo(tracking.path, parent), ['memory', 'cpu']);
    return new Cgroups(parent, tracking, accountingOf(layout, controllers));
  }

  /** Removes the parent groups, unless there are instances in them. */
  async close(): Promise<void> {
    for (const hierarchy of [this.#tracking.path, ...this.#accounting.hierarchies])
      await ignoring(['EBUSY', 'ENOTEMPTY', 'ENOENT'], rmdir(join(hierarchy, this.#parent)));
  }

  async names(): Promise<string[]> {
    const groups = await subgroups(join(this.#tracking.path, this.#parent));
    return groups.map((path) => basename(path));
  }

  group(name: string): ControlGroup {
    const path = join(this.#parent, name);
    const directoryIn = (hierarchy: string) => join(hierarchy, path);
    const tracking = this.#tracking;
    const accounting = this.#accounting;
    const directory = directoryIn(tracking.path);
    // Most are made for a look at their processes alone.
    const directories = () => [directory, ...accounting.hierarchies.map(directoryIn)];
    return {
      membership: `${tracking.label}/${path}`,
      directory,
      get procsFiles() {
        return directories().map((path) => join(path, 'cgroup.procs'));
      },
      create: async () => {
        for (const path of directories()) await makeGroup(path);
      },
      isPopulated: async () => tracking.isPopulated(directory),
      kill: (timeoutMs) => killWithin(tracking, directory, timeoutMs),
      usage: () => accounting.usage(directoryIn, tracking.path),
      limit: (limits) => accounting.limit(directoryIn, limits),
      remove: async () => {
        // Last the one by which `names` knows of the others.
        for (const path of directories().reverse()) await removeGroup(path);
      },
    };
  }
}

async function killWithin(
  tracking: TrackingHierarchy,
  directory: string,
  timeoutMs: number,
): Promise<boolean> {
  if (!(await tracking.isPopulated(directory))) return true;
  await tracking.kill(directory);
  stepDone('control group killed', directory);
  return until(async () => !(await tracking.isPopulated(directory)), {
    timeoutMs,
    pollMs: POLL_MS,
  });
}

/** The directories from `top` down to `path` below it. */
function pathTo(top: string, path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [top, ...parts.map((_, index) => join(top, ...parts.slice(0, index + 1)))];
}
