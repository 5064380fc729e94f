import { readFileSync } from 'node:fs';
import { ignoringNow } from '../../base/errno.js';
import { Ownership } from './ownership.js';
import { attemptToRead } from './proc-files.js';
import { commandOf, processNumbers, type ProcessUse } from './process-scan.js';
import { ProcessUses } from './process-uses.js';
import { UseTargets } from './use-targets.js';

/** How many descriptors, threads and mappings are looked at of one instance's processes, or of one of the node. */
const BUDGET = 10_000;
/** How long a pass may take. */
const PASS_MS = 5_000;
/** How many are named. */
const MAX_HOLDERS = 20;
/** The part of a control group's path that names an instance or a program. */
const GROUP = /\/((?:instance|program)-[^/\n]+)/;

/** Pays for all processes in groups whose path is too long to be told. */
const DEEP = 'who is in deeply nested control groups';

/** Who keeps a mount busy. */
export interface Holder extends ProcessUse {
  /** Without control characters. */
  readonly command: string;
}

export interface Holders {
  readonly holders: readonly Holder[];
  /** Whose processes have more open than is looked through. */
  readonly untold: readonly string[];
}

/**
 * Who uses the mounts at and below `root` in any way (see `ProcessUses`). Anybody can open very many files: what one
 * instance has open costs no more than its budget, so that the others are looked at as well.
 *
 * @param devices "major:minor" of what was mounted there until a moment ago
 */
export function findHolders(
  root: string,
  devices: readonly string[],
  { rootsDir, budget: each = BUDGET }: { rootsDir?: string | undefined; budget?: number } = {},
): Holders {
  const uses = new ProcessUses(new UseTargets([root], undefined, devices));
  const ownership = new Ownership({ root, rootsDir });
  const budgets = new Map<string, { left: number }>();
  const holders: Holder[] = [];
  const end = performance.now() + PASS_MS;
  for (const pid of processNumbers()) {
    if (holders.length === MAX_HOLDERS || performance.now() > end) break;
    const payer = payerOf(pid, ownership);
    const budget = budgets.get(payer) ?? { left: each };
    budgets.set(payer, budget);
    const use = uses.of(pid, budget).get(root);
    if (use !== undefined) holders.push({ pid, use, command: commandOf(pid) });
  }
  const untold = [...budgets].filter(([, { left }]) => left <= 0).map(([payer]) => payer);
  return { holders, untold };
}

/** Whose budget a process is looked at from: that of its instance, wherever it has moved, or else its own. */
function payerOf(pid: number, ownership: Ownership): string {
  const root = ownership.rootOf(pid);
  if (root !== undefined) return `instance-${root.slice(root.lastIndexOf('/') + 1)}`;
  const groups = groupsOf(pid);
  return groups === undefined ? DEEP : (GROUP.exec(groups)?.[1] ?? `process ${pid}`);
}

/** Undefined where the path of a group within groups is longer than the kernel tells. */
function groupsOf(pid: number): string | undefined {
  return ignoringNow(
    ['ENAMETOOLONG'],
    () => attemptToRead(() => readFileSync(`/proc/${pid}/cgroup`, 'latin1')) ?? '',
  );
}
