import type { CallName, Calls } from '../generated/calls.js';
import type { CallRow, CallRows } from './call-row.js';
import type { Locks } from './locks.js';

/** Carries out calls whose parameters have been checked, each under its lock. */
export class Executor {
  readonly #calls: CallRows;
  readonly #locks: Locks;

  constructor({ calls, locks }: { calls: CallRows; locks: Locks }) {
    this.#calls = calls;
    this.#locks = locks;
  }

  /**
   * @param params as the call's schema has them: the validators have made sure of it
   * @throws NodeError what the caller may read
   */
  async execute(call: string, params: readonly unknown[]): Promise<unknown> {
    if (!this.#isServed(call)) throw new Error(`Call ${call} has a schema but no row`);
    return this.#run(call, params as never);
  }

  async #run<C extends CallName>(call: C, params: Calls[C]['params']): Promise<unknown> {
    const row: CallRow<C> = this.#calls[call];
    const work = async () => row.run(params);
    return this.#locks.runAll([row.lock?.(params) ?? []].flat(), call, work);
  }

  #isServed(call: string): call is CallName {
    return Object.hasOwn(this.#calls, call);
  }
}
