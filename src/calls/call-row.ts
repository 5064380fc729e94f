import type { CallName, Calls } from '../generated/calls.js';
import type { Thing } from './locks.js';

type Params<C extends CallName> = Calls[C]['params'];
type Result<C extends CallName> = Calls[C]['result'];

/** How one call is carried out. */
export interface CallRow<C extends CallName> {
  /** The things on which only one call at a time may work; calls without one run at any time. */
  readonly lock?: (params: Params<C>) => Thing | readonly Thing[];
  readonly run: (params: Params<C>) => Promise<Result<C>> | Result<C>;
}

/** A row for every call: a missing one, or one that does not fit its schema, does not compile. */
export type CallRows = { readonly [C in CallName]: CallRow<C> };

/** The rows of a family of calls. */
export type SomeCallRows = Partial<CallRows>;

/** The lock of an instance. */
export function instanceLock(instance: { readonly name: string }): string {
  return `instance ${instance.name}`;
}

/** A disk as its lock goes by it. */
export interface LockedDisk {
  readonly dev_type: string;
  readonly logical_id: readonly unknown[];
}

/** The locks of a disk: what its file or its device is, whatever template or path leads there. */
export function diskLocks({ dev_type: template, logical_id: id }: LockedDisk): Thing[] {
  const [first, second] = id;
  const name = `disk ${template} ${JSON.stringify(id)}`;
  if (typeof first !== 'string' || typeof second !== 'string') return [name];
  switch (template) {
    case 'file':
    case 'sharedfile':
    case 'blockdev':
      return [{ path: second }];
    case 'plain':
      // Its device comes and goes; the name stays.
      return [name, { path: `/dev/${first}/${second}` }];
    default:
      return [name];
  }
}

/** The locks of an instance and of all its disks. */
export function instanceAndDiskLocks(instance: {
  readonly name: string;
  readonly disks_info: readonly LockedDisk[];
}): Thing[] {
  return [instanceLock(instance), ...instance.disks_info.flatMap(diskLocks)];
}

/** For calls whose answer says no more than that they succeeded. */
export async function done(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
