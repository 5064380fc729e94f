import type { CallName, Calls } from '../generated/calls.js';
import type { Locks } from '../instance/locks.js';
import type { CallRow, CallRows, Services } from './call-table.js';
import { INSTANCE_CALLS } from './instance-calls.js';
import { MIGRATION_CALLS } from './migration-calls.js';
import { NODE_CALLS } from './node-calls.js';
import { STORAGE_CALLS } from './storage-calls.js';

/** Every call that is served. */
const CALLS: CallRows<CallName> = {
  ...INSTANCE_CALLS,
  ...MIGRATION_CALLS,
  ...NODE_CALLS,
  ...STORAGE_CALLS,
};

/** Carries out calls whose parameters have been checked, each under its lock. */
export class Executor {
  readonly #services: Services;
  readonly #locks: Locks;

  constructor({ services, locks }: { services: Services; locks: Locks }) {
    this.#services = services;
    this.#locks = locks;
  }

  /**
   * @param params as the call's schema has them: the validators have made sure of it
   * @throws NodeError what the caller may read
   */
  async execute(call: string, params: readonly unknown[]): Promise<unknown> {
    if (!isServed(call)) throw new Error(`Call ${call} has a schema but no row`);
    return this.#executeRow(call, params as never);
  }

  async #executeRow<C extends CallName>(call: C, params: Calls[C]['params']): Promise<unknown> {
    const row: CallRow<C> = CALLS[call];
    const work = async () => row.handle(this.#services, params);
    return row.lock === undefined ? work() : this.#locks.run(row.lock(params), call, work);
  }
}

function isServed(call: string): call is CallName {
  return Object.hasOwn(CALLS, call);
}
