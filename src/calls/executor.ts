import type { CallName, Calls } from '../generated/calls.js';
import type { CallRow, CallRows } from './call-row.js';
import type { Locks } from './locks.js';

/** Starts work now, or when it has its turn. */
type Start = <T>(work: () => Promise<T>) => Promise<T>;

export interface ExecutorParts {
  readonly calls: CallRows;
  readonly locks: Locks;
}

/**
 * Carries out a call whose parameters have been checked, under its lock.
 *
 * @param params as the call's schema has them: the validators have made sure of it
 * @param start is given the work once the call has its lock: a call that waits for one takes nobody's turn
 * @throws NodeError what the caller may read
 */
export async function executeCall(
  parts: ExecutorParts,
  call: string,
  params: readonly unknown[],
  start: Start = (work) => work(),
): Promise<unknown> {
  if (!isServed(parts.calls, call)) throw new Error(`Call ${call} has a schema but no row`);
  return run(parts, call, params as never, start);
}

async function run<C extends CallName>(
  { calls, locks }: ExecutorParts,
  call: C,
  params: Calls[C]['params'],
  start: Start,
): Promise<unknown> {
  const row: CallRow<C> = calls[call];
  const work = () => start(async () => row.run(params));
  return locks.runAll([row.lock?.(params) ?? []].flat(), call, work);
}

function isServed(calls: CallRows, call: string): call is CallName {
  return Object.hasOwn(calls, call);
}
