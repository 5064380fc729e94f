import type { DaemonMemory } from './daemon.js';
import type { Snapshot } from './snapshot.js';

/** What of a snapshot is a list of things. */
export type Belonging = Exclude<keyof Snapshot, 'memory'>;
export const BELONGINGS: readonly Belonging[] = [
  'mounts',
  'loop devices',
  'control groups',
  'processes',
  'files',
  'descriptors',
];

/**
 * By how much the memory of a daemon may grow in its long run. What JavaScript holds shows a leak of some KiB a call. What
 * the kernel counts has also in it what allocators keep for the next busy moment, and the garbage of the thread that reads
 * /proc: it goes up and down by some tens of MiB.
 */
export const GROWTH_MIB = { heapMiB: 8, rssMiB: 96 };

/** One thing that was looked at twice. */
export interface Compared {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** What there should not be; nothing if all is as it was. */
  readonly surplus: readonly string[];
}

/** What there is more of than before, one by one; less is no harm. */
export function surplus(before: readonly string[], after: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const thing of before) left.set(thing, (left.get(thing) ?? 0) + 1);
  return after.filter((thing) => {
    const count = left.get(thing) ?? 0;
    left.set(thing, count - 1);
    return count <= 0;
  });
}

/**
 * What there is at the end, beside what there was: `first` at the beginning of the soak, and `lastLife` when the daemon that
 * is there at the end had done a part of its work. Memory and descriptors are those of a process, and taken from there.
 */
export function compare(first: Snapshot, lastLife: Snapshot, end: Snapshot): Compared[] {
  return [
    ...BELONGINGS.map((what) => {
      const before = what === 'descriptors' ? lastLife[what] : first[what];
      const after = end[what];
      return {
        what,
        before: String(before.length),
        after: String(after.length),
        surplus: surplus(before, after),
      };
    }),
    compareMemory('JavaScript heap', 'heapMiB', lastLife, end),
    compareMemory('memory (RSS)', 'rssMiB', lastLife, end),
  ];
}

function compareMemory(
  what: string,
  kind: keyof DaemonMemory,
  before: Snapshot,
  after: Snapshot,
): Compared {
  const [beforeMiB, afterMiB] = [before.memory[kind], after.memory[kind]];
  const isTooMuch = afterMiB > beforeMiB + GROWTH_MIB[kind];
  return {
    what,
    before: `${beforeMiB.toFixed(1)} MiB`,
    after: `${afterMiB.toFixed(1)} MiB`,
    surplus: isTooMuch ? [`more than ${GROWTH_MIB[kind]} MiB were added`] : [],
  };
}

export function isSame({ surplus: found }: Compared): boolean {
  return found.length === 0;
}
