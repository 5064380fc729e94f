import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { escapeControl } from '../../base/text.js';
import { groupProcesses } from '../cgroup/group-files.js';
import { pidfdOpen, pidfdSendSignal } from '../kernel/syscalls.js';
import { MountWatch } from './mount-table.js';
import { Ownership, type Whose } from './ownership.js';
import { attemptToRead } from './proc-files.js';
import type { UseKind } from './process-uses.js';

/** How many processes are held at once, each by a descriptor. */
const BATCH = 200;

/** A process that uses a mount or belongs to a control group, and how it was found. */
export interface ProcessUse {
  readonly pid: number;
  readonly use: UseKind;
  /** It has come into the root from outside, see `Ownership.isVisitor`. */
  readonly isVisitor?: boolean;
}

/** A process that stands in a control group without being of it. */
export interface Stray {
  readonly pid: number;
  /** Without control characters. */
  readonly command: string;
  /** The root of the instance that it is of, if it is of one. */
  readonly root: string | undefined;
  /** In words. */
  readonly whose: string;
}

export interface Signalled {
  readonly signalled: readonly ProcessUse[];
  readonly strays: readonly Stray[];
}

/**
 * Who has one of `roots` for its root directory: for each that is mounted one process that was started inside, or else
 * those who came in from outside. A system call for each process of the machine, whatever they have open.
 */
export function scanUsers(roots: readonly string[]): Map<string, ProcessUse[]> {
  const ownership = new Ownership({}, roots);
  const found = new Map<string, ProcessUse[]>();
  const settled = new Set<string>();
  // The newest are looked at first: instances' own.
  const pids = ownership.mounted.length === 0 ? [] : processNumbers().reverse();
  for (const pid of pids) {
    const root = ownership.rootOf(pid);
    if (root === undefined || settled.has(root)) continue;
    const isVisitor = ownership.isVisitor(pid, root);
    const others = isVisitor ? (found.get(root) ?? []) : [];
    found.set(root, [...others, { pid, use: 'root', isVisitor }]);
    if (!isVisitor) settled.add(root);
    if (settled.size === ownership.mounted.length) break;
  }
  return found;
}

/**
 * Sends `signal` to the processes of an instance or a program: members of its control group that are its own, and all
 * that have its root. A visitor, whose own end nobody waits for, gets SIGKILL.
 *
 * A process is held by a pidfd before it is looked at: a PID that is given to another process in between can't make us
 * signal a stranger.
 */
export function signalProcesses(whose: Whose, signal: NodeJS.Signals): Signalled {
  const members = membersOf(whose);
  const ownership = new Ownership(whose);
  const inside =
    whose.root === undefined
      ? []
      : processNumbers().filter((pid) => !members.has(pid) && ownership.isInside(pid));
  const pids = [...members, ...inside];
  const result = { signalled: new Array<ProcessUse>(), strays: new Array<Stray>() };
  for (let begin = 0; begin < pids.length; begin += BATCH)
    signalHeld(pids.slice(begin, begin + BATCH), whose, signal, result);
  return result;
}

interface Held {
  readonly pid: number;
  readonly pidfd: number;
}

function signalHeld(
  pids: readonly number[],
  whose: Whose,
  signal: NodeJS.Signals,
  { signalled, strays }: { signalled: ProcessUse[]; strays: Stray[] },
): void {
  const held = pids.flatMap((pid) => {
    const pidfd = attemptToRead(() => pidfdOpen(pid));
    return pidfd === undefined ? [] : [{ pid, pidfd }];
  });
  try {
    for (const { pid, pidfd, use, stray } of judge(held, whose)) {
      if (stray !== undefined) strays.push(stray);
      if (use === undefined) continue;
      attemptToRead(() => {
        pidfdSendSignal(pidfd, use.isVisitor === true ? 'SIGKILL' : signal);
      });
      signalled.push({ pid, use: use.use });
    }
  } finally {
    for (const { pidfd } of held) closeSync(pidfd);
  }
}

/** What is known of each when nothing has been mounted meanwhile: the numbers of mounts are given out again. */
function judge(held: readonly Held[], whose: Whose) {
  const watch = new MountWatch();
  try {
    for (;;) {
      const members = membersOf(whose);
      const ownership = new Ownership(whose);
      const judged = held.map(({ pid, pidfd }) => ({
        pid,
        pidfd,
        ...judgeOne(pid, whose, members, ownership),
      }));
      if (!watch.hasChanged()) return judged;
    }
  } finally {
    watch.close();
  }
}

function judgeOne(
  pid: number,
  { root }: Whose,
  members: ReadonlySet<number>,
  ownership: Ownership,
): { readonly use?: ProcessUse; readonly stray?: Stray } {
  const isInside = ownership.isInside(pid);
  if (!members.has(pid)) {
    if (!isInside || root === undefined) return {};
    return { use: { pid, use: 'root', isVisitor: ownership.isVisitor(pid, root) } };
  }
  const whose = ownership.strangeness(pid, members);
  if (whose === undefined) return { use: { pid, use: 'cgroup' } };
  return { stray: { pid, command: commandOf(pid), root: ownership.rootOf(pid), whose } };
}

/** Of a group that has become a threaded one, the kernel lists threads; only a process can be held. */
function membersOf({ group }: Whose): ReadonlySet<number> {
  if (group === undefined) return new Set();
  // 0 stands for a process that our PID namespace does not have.
  return new Set(groupProcesses(group, processOf).filter((pid) => pid > 0));
}

function processOf(thread: number): number {
  const status = attemptToRead(() => readFileSync(`/proc/${thread}/status`, 'latin1'));
  return Number(/^Tgid:\s*(\d+)$/m.exec(status ?? '')?.[1] ?? 0);
}

/** The name of a process's program, which a process may choose itself, without control characters. */
export function commandOf(pid: number): string {
  const name = attemptToRead(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? '';
  return escapeControl(name.replace(/\n$/, '')).replaceAll('\n', '\\x0a');
}

/** Of all processes but our own, from the smallest number on. */
export function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}
