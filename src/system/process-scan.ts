import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from './files.js';
import { locate, pidfdOpen, pidfdSendSignal, usesTheSame } from './syscalls.js';
import { UseTargets } from './use-targets.js';

/** The ways to use a mount, in the order in which they are looked at. */
export type UseKind = 'root' | 'cwd' | 'exe' | 'fd' | 'map' | 'cgroup';

/** A process that uses a mount or belongs to a control group, and how it was found. */
export interface ProcessUse {
  readonly pid: number;
  readonly use: UseKind;
}

/** The processes that an instance has: users of the mount at `root`, members of the control group. */
export interface Whose {
  readonly root: string;
  /** As in /proc/PID/cgroup, without the hierarchy's number: ":freezer:/a/b" or "::/a/b". */
  readonly cgroup?: string;
}

/** What reading about a process fails with when it ends meanwhile, is a kernel thread, or is a zombie. */
const GONE = new Set(['ENOENT', 'ESRCH', 'EACCES']);

/**
 * One pass over /proc: who uses the mounts at `roots`, by root, working directory, program, open file or mapping, as
 * `fuser -m` finds it for one.
 *
 * In our mount namespace the mount counts by which a process opened a thing, so neither another mount of the same disk
 * elsewhere nor a process on the parent file system is mistaken for a user. In another namespace mounts have other
 * numbers; there the device decides. A failure to read is an error, never "nobody".
 *
 * @returns an entry for each root that is mounted; an empty list when nobody uses it
 */
export function scanUsers(roots: readonly string[]): Map<string, ProcessUse[]> {
  const targets = new UseTargets(roots);
  const found = new Map<string, ProcessUse[]>(targets.mounted.map((root) => [root, []]));
  if (targets.mounted.length === 0) return found;
  for (const pid of processNumbers())
    for (const [root, use] of usesOf(pid, targets)) found.get(root)?.push({ pid, use });
  return found;
}

/**
 * Sends `signal` to all processes of one instance.
 *
 * A process is held by a pidfd before it is looked at: a number that is given to another process in between can't make
 * us signal a stranger.
 *
 * @returns who was signalled
 */
export function signalProcesses(whose: Whose, signal: NodeJS.Signals): ProcessUse[] {
  const mountinfo = readMountinfo();
  const targets = new UseTargets([whose.root], mountinfo);
  const signalled: ProcessUse[] = [];
  for (const pid of processNumbers()) {
    const use = signalIfUsed(pid, whose, signal, () =>
      certainUse(pid, whose.root, targets, mountinfo),
    );
    if (use !== undefined) signalled.push({ pid, use });
  }
  return signalled;
}

/** The numbers of mounts are given out again: one that is gone since the pass began may be a neighbour's by now. */
function certainUse(
  pid: number,
  root: string,
  targets: UseTargets,
  mountinfo: string,
): UseKind | undefined {
  const use = usesOf(pid, targets).get(root);
  if (use === undefined) return undefined;
  const now = readMountinfo();
  return now === mountinfo ? use : usesOf(pid, new UseTargets([root], now)).get(root);
}

function readMountinfo(): string {
  return readFileSync('/proc/self/mountinfo', 'latin1');
}

function signalIfUsed(
  pid: number,
  whose: Whose,
  signal: NodeJS.Signals,
  useOfRoot: () => UseKind | undefined,
): UseKind | undefined {
  const pidfd = attempt(() => pidfdOpen(pid));
  if (pidfd === undefined) return undefined;
  try {
    const use = isMember(pid, whose.cgroup) ? 'cgroup' : useOfRoot();
    if (use === undefined) return undefined;
    attempt(() => {
      pidfdSendSignal(pidfd, signal);
    });
    return use;
  } finally {
    closeSync(pidfd);
  }
}

function isMember(pid: number, cgroup: string | undefined): boolean {
  if (cgroup === undefined) return false;
  const lines = attempt(() => readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.split('\n') ?? [];
  return lines.some((line) => line.endsWith(cgroup) || line.includes(`${cgroup}/`));
}

function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** The roots that the process uses, each with the first way in which it does. */
function usesOf(pid: number, targets: UseTargets): Map<string, UseKind> {
  const uses = new Map<string, UseKind>();
  // The first thread may be gone while others live; and each may have files and folders of its own.
  let first: number | undefined;
  for (const thread of threadNumbers(pid)) {
    if (first !== undefined && usesTheSame(first, thread)) continue;
    const isFirst = first === undefined;
    if (noteUses(`/proc/${pid}/task/${thread}`, targets, uses, isFirst)) first ??= thread;
  }
  return uses;
}

function threadNumbers(pid: number): number[] {
  return (attempt(() => readdirSync(`/proc/${pid}/task`)) ?? []).map(Number);
}

/**
 * Adds what one thread uses to `uses`; false when it is gone.
 *
 * @param withMemory whether to look at what is mapped as well: all threads of a process share that
 */
function noteUses(
  thread: string,
  targets: UseTargets,
  uses: Map<string, UseKind>,
  withMemory: boolean,
): boolean {
  const namespace = attempt(() => readlinkSync(`${thread}/ns/mnt`));
  if (namespace === undefined) return false;
  const isForeign = namespace !== targets.namespace;
  const note = (use: UseKind, root: string | undefined) => {
    if (root !== undefined && !uses.has(root)) uses.set(root, use);
  };
  for (const use of withMemory ? (['root', 'cwd', 'exe'] as const) : (['root', 'cwd'] as const))
    note(use, openedBy(`${thread}/${use}`, targets, isForeign));
  for (const fd of attempt(() => readdirSync(`${thread}/fd`)) ?? [])
    note('fd', openedBy(`${thread}/fd/${fd}`, targets, isForeign));
  const maps = withMemory ? attempt(() => readFileSync(`${thread}/maps`, 'latin1')) : undefined;
  for (const root of targets.mappedIn(maps ?? '', isForeign)) note('map', root);
  return true;
}

function openedBy(link: string, targets: UseTargets, isForeign: boolean): string | undefined {
  const location = attempt(() => locate(link));
  return location === undefined ? undefined : targets.rootOf(location, isForeign);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (GONE.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
