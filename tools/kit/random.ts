/** Numbers that look random and are the same again for the same seed (the generator is known as mulberry32). */
export class Random {
  #state: number;

  /** @param parts whole numbers that tell this sequence from all others */
  constructor(...parts: readonly number[]) {
    this.#state = parts.reduce((state, part) => mix(state + part + 1), 0);
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return mix(this.#state) / 2 ** 32;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Whether something happens that does so with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** In another order. */
  shuffled<T>(things: readonly T[]): T[] {
    const keyed = things.map((thing) => ({ thing, key: this.next() }));
    return keyed.toSorted((one, other) => one.key - other.key).map(({ thing }) => thing);
  }
}

/** Scatters the bits of a number over all 32. */
function mix(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 15), number | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
