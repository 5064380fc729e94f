import { RpcFailure } from '../base/errors.js';
import { failAs } from '../base/translate.js';
import { createLog, isLogName, logName } from '../system/command/script-log.js';

/** Whose output a log is. */
export interface OsLogSubject {
  /** What is done, such as `add`. */
  readonly kind: string;
  /** Name of the OS, with its variant. */
  readonly os: string;
  readonly instance: string;
}

/**
 * Makes the empty file that an OS script's output goes to (Ganeti: backend._InstanceLogName).
 *
 * Deviation: Ganeti appends to the log of an earlier run in the same second; we make another file. Long names are cut
 * here, and a failure in Ganeti.
 *
 * @returns its path
 * @throws RpcFailure
 */
export async function createOsLog(
  directory: string,
  { kind, os, instance }: OsLogSubject,
  now: Date,
): Promise<string> {
  const name = logName(`${kind}-${os}-${instance}`, now);
  if (!isLogName(name)) throw new RpcFailure(`No name for a log file: ${JSON.stringify(name)}`);
  return failAs(RpcFailure, `Can't create log file '${name}' in ${directory}`, () =>
    createLog(directory, name),
  );
}
