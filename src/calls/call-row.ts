import type { CallName, Calls } from '../generated/calls.js';

type Params<C extends CallName> = Calls[C]['params'];
type Result<C extends CallName> = Calls[C]['result'];

/** How one call is carried out. */
export interface CallRow<C extends CallName> {
  /** The things on which only one call at a time may work; calls without one run at any time. */
  readonly lock?: (params: Params<C>) => string | readonly string[];
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
