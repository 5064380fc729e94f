import type { CallName, Calls } from '../generated/calls.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';
import type { InstanceChanges } from '../instance/instance-changes.js';
import type { InstanceLifecycle } from '../instance/instance-lifecycle.js';
import type { InstanceQueries } from '../instance/instance-queries.js';
import type { NodeInfo } from '../node/node-info.js';
import type { NodePower } from '../node/node-power.js';
import type { OsScripts } from '../os/os-scripts.js';
import type { BlockDevices } from '../storage/block-devices.js';
import type { FileStorageDirs } from '../storage/file-storage-dirs.js';

/** What the calls are carried out by; made once, in `main.ts`. */
export interface Services {
  readonly hypervisors: HypervisorRegistry;
  readonly lifecycle: InstanceLifecycle;
  readonly queries: InstanceQueries;
  readonly changes: InstanceChanges;
  readonly blockDevices: BlockDevices;
  readonly fileStorageDirs: FileStorageDirs;
  readonly osScripts: OsScripts;
  readonly nodeInfo: NodeInfo;
  readonly nodePower: NodePower;
}

type Params<C extends CallName> = Calls[C]['params'];
type Result<C extends CallName> = Calls[C]['result'];

/** How one call is carried out. */
export interface CallRow<C extends CallName> {
  /** The thing on which only one call at a time may work; calls without one run at any time. */
  readonly lock?: (params: Params<C>) => string;
  readonly handle: (services: Services, params: Params<C>) => Promise<Result<C>> | Result<C>;
}

/** Rows for all the calls `C`: a missing one, or one that does not fit its schema, does not compile. */
export type CallRows<C extends CallName> = { readonly [K in C]: CallRow<K> };

/** The lock of an instance. */
export function instanceLock(instance: { readonly name: string }): string {
  return `instance ${instance.name}`;
}

/** The lock of a disk. */
export function diskLock(disk: {
  readonly dev_type: string;
  readonly logical_id: unknown;
}): string {
  return `disk ${disk.dev_type} ${JSON.stringify(disk.logical_id)}`;
}

/** For calls whose answer says no more than that they succeeded. */
export async function done(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
