import type { CallName, Calls } from '../generated/calls.js';
import type { Locks } from '../instance/locks.js';
import { CLUSTER_CALLS } from './cluster-calls.js';
import { DISK_CALLS } from './disk-calls.js';
import type { CallRow, CallRows, Services } from './call-table.js';
import { FILE_CALLS } from './file-calls.js';
import { EXPORT_CALLS } from './export-calls.js';
import { INSTANCE_CALLS } from './instance-calls.js';
import { JOB_QUEUE_CALLS } from './job-queue-calls.js';
import { MIGRATION_CALLS } from './migration-calls.js';
import { NETWORK_CALLS } from './network-calls.js';
import { NODE_CALLS } from './node-calls.js';
import { OS_CALLS } from './os-calls.js';
import { PROGRAM_CALLS } from './program-calls.js';
import { SSH_KEY_CALLS } from './ssh-key-calls.js';
import { STORAGE_CALLS } from './storage-calls.js';
import { VOLUME_CALLS } from './volume-calls.js';

/** Every call that is served. */
const CALLS: CallRows<CallName> = {
  ...CLUSTER_CALLS,
  ...NETWORK_CALLS,
  ...SSH_KEY_CALLS,
  ...FILE_CALLS,
  ...EXPORT_CALLS,
  ...INSTANCE_CALLS,
  ...JOB_QUEUE_CALLS,
  ...MIGRATION_CALLS,
  ...NODE_CALLS,
  ...OS_CALLS,
  ...PROGRAM_CALLS,
  ...STORAGE_CALLS,
  ...DISK_CALLS,
  ...VOLUME_CALLS,
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
    return this.#locks.runAll([row.lock?.(params) ?? []].flat(), call, work);
  }
}

function isServed(call: string): call is CallName {
  return Object.hasOwn(CALLS, call);
}
