import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { pidfdOpen, pidfdSendSignal } from '../kernel/syscalls.js';
import { attemptToRead, readMountinfo } from './proc-files.js';
import { ProcessUses, type UseKind } from './process-uses.js';
import { UseTargets } from './use-targets.js';

/** A process that uses a mount or belongs to a control group, and how it was found. */
export interface ProcessUse {
  readonly pid: number;
  readonly use: UseKind;
}

/** The processes that an instance has: users of the mount at `root`, members of the control group. */
export interface Whose {
  readonly root: string;
  /** As in /proc/PID/cgroup, without the hierarchy's number: ":freezer:/a/b" or "::/a/b". */
  readonly cgroup?: string | undefined;
}

/**
 * One user of each of the mounts at `roots`, if there is any: by root, working directory, program, open file or mapping
 * (see `ProcessUses`).
 *
 * Most processes of a chroot have it as their root directory, which is cheap to check. Only for the mounts that no process
 * has as its root, all that processes can use is looked at, in a second pass.
 *
 * @returns an entry for each root that is mounted; an empty list when nobody uses it
 */
export function scanUsers(roots: readonly string[]): Map<string, ProcessUse[]> {
  const targets = new UseTargets(roots);
  const found = new Map<string, ProcessUse[]>(targets.mounted.map((root) => [root, []]));
  if (found.size === 0) return found;
  for (const [root, use] of firstRootUsers(targets)) found.set(root, [use]);
  const unused = targets.mounted.filter((root) => found.get(root)?.length === 0);
  for (const [root, use] of firstUsers(unused)) found.set(root, [use]);
  return found;
}

/** A process for each of the roots that some process has for its root. The newest are looked at first: instances' own. */
function firstRootUsers(targets: UseTargets): Map<string, ProcessUse> {
  const uses = new ProcessUses(targets);
  const found = new Map<string, ProcessUse>();
  for (const pid of processNumbers().reverse()) {
    const root = uses.ownRoot(pid);
    if (root !== undefined) found.set(root, { pid, use: 'root' });
    if (found.size === targets.mounted.length) break;
  }
  return found;
}

/** A process for each of the roots that any process uses in any way. */
function firstUsers(roots: readonly string[]): Map<string, ProcessUse> {
  const found = new Map<string, ProcessUse>();
  if (roots.length === 0) return found;
  const uses = new ProcessUses(new UseTargets(roots));
  for (const pid of processNumbers()) {
    for (const [root, use] of uses.of(pid)) found.set(root, { pid, use });
    if (found.size === roots.length) break;
  }
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
  const uses = new ProcessUses(new UseTargets([whose.root], mountinfo));
  const signalled: ProcessUse[] = [];
  for (const pid of processNumbers()) {
    const use = signalIfUsed(pid, whose, signal, () =>
      certainUse(pid, whose.root, uses, mountinfo),
    );
    if (use !== undefined) signalled.push({ pid, use });
  }
  return signalled;
}

/** The numbers of mounts are given out again: one that is gone since the pass began may be a neighbour's by now. */
function certainUse(
  pid: number,
  root: string,
  uses: ProcessUses,
  mountinfo: string,
): UseKind | undefined {
  const use = uses.of(pid).get(root);
  if (use === undefined) return undefined;
  const now = readMountinfo();
  return now === mountinfo ? use : new ProcessUses(new UseTargets([root], now)).of(pid).get(root);
}

function signalIfUsed(
  pid: number,
  whose: Whose,
  signal: NodeJS.Signals,
  useOfRoot: () => UseKind | undefined,
): UseKind | undefined {
  const pidfd = attemptToRead(() => pidfdOpen(pid));
  if (pidfd === undefined) return undefined;
  try {
    const use = isMember(pid, whose.cgroup) ? 'cgroup' : useOfRoot();
    if (use === undefined) return undefined;
    attemptToRead(() => {
      pidfdSendSignal(pidfd, signal);
    });
    return use;
  } finally {
    closeSync(pidfd);
  }
}

function isMember(pid: number, cgroup: string | undefined): boolean {
  if (cgroup === undefined) return false;
  const text = attemptToRead(() => readFileSync(`/proc/${pid}/cgroup`, 'latin1'));
  const lines = text?.split('\n') ?? [];
  return lines.some((line) => line.endsWith(cgroup) || line.includes(`${cgroup}/`));
}

/** Of all processes but our own, from the smallest number on. */
function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}
