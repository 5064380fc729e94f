import { opendirSync, readdirSync, readlinkSync } from 'node:fs';
import { linkCount, locateUnless, usesTheSame } from '../kernel/syscalls.js';
import { attemptToRead, GONE, ProcReader } from './proc-files.js';
import type { UseTargets } from './use-targets.js';

/** The ways to use a mount, in the order in which they are looked at. */
export type UseKind = 'root' | 'cwd' | 'exe' | 'fd' | 'map' | 'cgroup';

/** Of a directory, its own and its parent's, and one for the only thread in it. */
const LINKS_OF_ONE_THREAD = 3;
/** How many bytes of a list of mappings cost as much as a descriptor. */
const BYTES_PER_MAPPING = 100;

/** How much may still be looked at. */
export interface Budget {
  left: number;
}

/**
 * Which of the roots a process uses, by root, working directory, program, open file or mapping, as `fuser -m` finds it.
 *
 * In our mount namespace the mount counts by which a process opened a thing, so neither another mount of the same disk
 * elsewhere nor a process on the parent file system is mistaken for a user. In another namespace mounts have other
 * numbers; there the device decides. A failure to read is an error, never "nothing".
 */
export class ProcessUses {
  readonly #targets: UseTargets;
  readonly #reader = new ProcReader();

  constructor(targets: UseTargets) {
    this.#targets = targets;
  }

  /**
   * The roots that the process uses, each with the first way in which it does.
   *
   * @param budget less what was looked at; when it is used up, only directories are
   */
  of(pid: number, budget: Budget = { left: Infinity }): Map<string, UseKind> {
    const uses = new Map<string, UseKind>();
    // The first thread may be gone while others live; and each may have files and directories of its own.
    let first: number | undefined;
    for (const { thread, directory } of threadsOf(pid)) {
      if (first !== undefined && (budget.left-- <= 0 || usesTheSame(first, thread))) continue;
      const isFirst = first === undefined;
      if (this.#noteUses(directory, uses, isFirst, budget)) first ??= thread;
    }
    return uses;
  }

  /** The one of the roots that the first thread of the process has for its root; a small part of what `of` looks at. */
  ownRoot(pid: number): string | undefined {
    const process = `/proc/${pid}`;
    const location = locateUnless(`${process}/root`, GONE);
    if (location === undefined || !this.#targets.mayBeAt(location)) return undefined;
    const isForeign = this.#isForeign(process);
    return isForeign === undefined ? undefined : this.#targets.rootOf(location, isForeign);
  }

  /**
   * Adds what one thread uses to `uses`; false when it is gone.
   *
   * @param withMemory whether to look at what is mapped as well: all threads of a process share that
   */
  #noteUses(
    thread: string,
    uses: Map<string, UseKind>,
    withMemory: boolean,
    budget: Budget,
  ): boolean {
    const isForeign = this.#isForeign(thread);
    if (isForeign === undefined) return false;
    const note = (use: UseKind, root: string | undefined) => {
      if (root !== undefined && !uses.has(root)) uses.set(root, use);
    };
    for (const use of withMemory ? (['root', 'cwd', 'exe'] as const) : (['root', 'cwd'] as const))
      note(use, this.#openedBy(`${thread}/${use}`, isForeign));
    for (const fd of descriptorsOf(thread, budget))
      note('fd', this.#openedBy(`${thread}/fd/${fd}`, isForeign));
    const isRead = withMemory && budget.left > 0;
    const maps = isRead ? attemptToRead(() => this.#reader.read(`${thread}/maps`)) : undefined;
    budget.left -= (maps?.length ?? 0) / BYTES_PER_MAPPING;
    for (const root of this.#targets.mappedIn(maps ?? '', isForeign)) note('map', root);
    return true;
  }

  /** Whether the thread has another mount namespace; undefined when it is gone. */
  #isForeign(thread: string): boolean | undefined {
    const namespace = attemptToRead(() => readlinkSync(`${thread}/ns/mnt`));
    return namespace === undefined ? undefined : namespace !== this.#targets.namespace;
  }

  #openedBy(link: string, isForeign: boolean): string | undefined {
    const location = locateUnless(link, GONE);
    return location === undefined ? undefined : this.#targets.rootOf(location, isForeign);
  }
}

/** As many as the budget allows: there may be a million, and the list of them alone takes a while. */
function* descriptorsOf(thread: string, budget: Budget): Generator<string> {
  const directory = attemptToRead(() => opendirSync(`${thread}/fd`));
  if (directory === undefined) return;
  try {
    while (budget.left > 0) {
      const entry = attemptToRead(() => directory.readSync());
      if (!entry) return;
      budget.left--;
      yield entry.name;
    }
  } finally {
    directory.closeSync();
  }
}

/** The threads of a process, each with the directory that tells about it. */
function threadsOf(pid: number): { thread: number; directory: string }[] {
  const process = `/proc/${pid}`;
  const directory = `${process}/task`;
  // Of the only thread, the shorter way tells the same sooner.
  if (linkCount(directory) === LINKS_OF_ONE_THREAD) return [{ thread: pid, directory: process }];
  const threads = attemptToRead(() => readdirSync(directory)) ?? [];
  return threads.map((name) => ({ thread: Number(name), directory: `${directory}/${name}` }));
}
