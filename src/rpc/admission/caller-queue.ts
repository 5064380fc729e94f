/**
 * Who calls, the most important first: the node that is the master, another master candidate, anybody on this machine
 * (over the Unix socket, or without TLS).
 */
export const CALLERS = ['master', 'candidate', 'local'] as const;
export type Caller = (typeof CALLERS)[number];

interface Entry<T> {
  readonly caller: Caller;
  readonly waiting: T;
}

/** Those who wait, in the order of their arrival. It is short, so that looking through it costs nothing. */
export class WaitingLine<T> {
  readonly #entries: Entry<T>[] = [];

  get length(): number {
    return this.#entries.length;
  }

  add(caller: Caller, waiting: T): void {
    this.#entries.push({ caller, waiting });
  }

  /** The first of the most important callers; it stays in the queue. */
  first(): T | undefined {
    return this.#entries[this.#firstIndex()]?.waiting;
  }

  takeFirst(): T | undefined {
    return this.#take(this.#firstIndex());
  }

  /** The caller that has waited longest, however unimportant. */
  takeOldest(): T | undefined {
    return this.#take(0);
  }

  /** Of the least important callers the one who came last, if all of them are less important than `caller`. */
  takeLastBelow(caller: Caller): T | undefined {
    const least = Math.max(...this.#entries.map((entry) => rankOf(entry.caller)));
    if (!(least > rankOf(caller))) return undefined;
    return this.#take(this.#entries.findLastIndex((entry) => rankOf(entry.caller) === least));
  }

  /** @returns whether it was there */
  remove(waiting: T): boolean {
    return this.#take(this.#entries.findIndex((entry) => entry.waiting === waiting)) !== undefined;
  }

  takeAll(): T[] {
    return this.#entries.splice(0).map(({ waiting }) => waiting);
  }

  #firstIndex(): number {
    const best = Math.min(...this.#entries.map(({ caller }) => rankOf(caller)));
    return this.#entries.findIndex(({ caller }) => rankOf(caller) === best);
  }

  #take(index: number): T | undefined {
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0]?.waiting;
  }
}

function rankOf(caller: Caller): number {
  return CALLERS.indexOf(caller);
}
