import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ignoringNow } from '../../base/errno.js';
import { ownLineage, processStat, ticksOf, uptimeTicks } from './process-stat.js';
import { ProcessUses } from './process-uses.js';
import { UseTargets } from './use-targets.js';

/** The longest line of descent that is followed. */
const MAX_GENERATIONS = 1_000;

/** Whose processes are meant: those of one instance, or of one program. */
export interface Whose {
  /** The root of the instance; undefined for a program of the node. */
  readonly root?: string | undefined;
  /** The directory of the control group in the tracking hierarchy; undefined where there are none. */
  readonly group?: string | undefined;
  /** The directory in which all instances of this daemon have their roots. */
  readonly rootsDir?: string | undefined;
}

/**
 * Whose a process is. Root inside a chroot can move any process into any control group, so that membership alone proves
 * nothing: never this process, those that it descends from, and those of another instance are taken for others.
 *
 * Made for one look at processes, from what is mounted then.
 */
export class Ownership {
  /** The roots that it knows, and on which something is mounted. */
  readonly mounted: readonly string[];
  readonly #whose: Whose;
  readonly #uses: ProcessUses;
  readonly #lineage = ownLineage();
  readonly #sinceTicks: number | undefined;

  constructor(whose: Whose, roots: readonly string[] = []) {
    this.#whose = whose;
    const own = whose.root === undefined ? roots : [whose.root, ...roots];
    const all = new Set([...own, ...rootsIn(whose.rootsDir)]);
    const targets = new UseTargets([...all]);
    this.mounted = targets.mounted;
    this.#uses = new ProcessUses(targets);
    this.#sinceTicks = whose.group === undefined ? undefined : groupTicks(whose.group);
  }

  /** The root of an instance that the process has for its own. */
  rootOf(pid: number): string | undefined {
    return this.#uses.ownRoot(pid);
  }

  /** Whether the process has the instance's root, and may be signalled for it. */
  isInside(pid: number): boolean {
    const { root } = this.#whose;
    return root !== undefined && !this.#lineage.has(pid) && this.rootOf(pid) === root;
  }

  /**
   * Whose a process is that stands in the control group and is not of it; undefined for one that is.
   *
   * Outside of all roots there are processes that got out of theirs, and processes of the node: these are older than the
   * group, or have a living parent elsewhere.
   *
   * @param members of the group
   */
  strangeness(pid: number, members: ReadonlySet<number>): string | undefined {
    if (this.#lineage.has(pid)) return 'the daemon, or what it was started by';
    const root = this.rootOf(pid);
    if (root !== undefined)
      return root === this.#whose.root ? undefined : `of the instance at ${root}`;
    const stat = processStat(pid);
    if (stat === undefined) return undefined;
    const isOlder = this.#sinceTicks !== undefined && stat.startTicks < this.#sinceTicks;
    const hasParentElsewhere = !members.has(stat.parent) && !this.#lineage.has(stat.parent);
    return isOlder || hasParentElsewhere ? 'of the node' : undefined;
  }

  /** Whether a process with this root has come in from outside: an administrator's shell, say. */
  isVisitor(pid: number, root: string): boolean {
    let child = pid;
    for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
      const parent = processStat(child)?.parent;
      if (parent === undefined || this.#lineage.has(parent)) return false;
      if (this.rootOf(parent) !== root) return true;
      child = parent;
    }
    return false;
  }
}

function rootsIn(rootsDir: string | undefined): string[] {
  if (rootsDir === undefined) return [];
  const names = ignoringNow(['ENOENT'], () => readdirSync(rootsDir)) ?? [];
  return names.map((name) => join(rootsDir, name));
}

/** When the group was made, if it has been noted (`makeNotedGroup`). */
function groupTicks(directory: string): number | undefined {
  return ignoringNow(['ENOENT'], () => {
    const ticks = ticksOf(statSync(directory).atimeMs);
    return ticks <= uptimeTicks() ? ticks : undefined;
  });
}
