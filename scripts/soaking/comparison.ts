import type { Snapshot } from './snapshot.js';

/** What of a snapshot is a list of things. */
export type Belonging = Exclude<keyof Snapshot, 'rssMiB'>;
export const BELONGINGS: readonly Belonging[] = [
  'mounts',
  'loop devices',
  'control groups',
  'processes',
  'files',
  'descriptors',
];

/**
 * By how much the memory of an agent may grow after its warm-up. Measured here: it goes up and down by some 15 MiB with
 * what the collector has left; what leaks a KiB a call goes beyond it in a long soak.
 */
export const MEMORY_GROWTH_MIB = 48;

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
 * Two looks at an idle agent. `first` is from the beginning of the soak, `lastLife` from the beginning of the last life of
 * the agent: memory and descriptors are those of a process.
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
    compareMemory(lastLife.rssMiB, end.rssMiB),
  ];
}

function compareMemory(beforeMiB: number, afterMiB: number): Compared {
  const isTooMuch = afterMiB > beforeMiB + MEMORY_GROWTH_MIB;
  return {
    what: 'memory',
    before: `${beforeMiB.toFixed(1)} MiB`,
    after: `${afterMiB.toFixed(1)} MiB`,
    surplus: isTooMuch ? [`more than ${MEMORY_GROWTH_MIB} MiB were added`] : [],
  };
}

export function isSame({ surplus: found }: Compared): boolean {
  return found.length === 0;
}
