import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorReason, ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { timestampForFileName } from '../../base/file-name-time.js';
import { makeDirectory } from '../file/directories.js';
import { stepDone } from '../kernel/steps.js';

/** Leaves room in a file's name for the time. */
const LONGEST_SUBJECT = 200;
/** How many logs of one script and instance a second may see. */
const MOST_PER_SECOND = 100;

/** Whose output a log is. */
export interface OsLogSubject {
  /** What is done, such as `add`. */
  readonly kind: string;
  /** Name of the OS, with its variant. */
  readonly os: string;
  readonly instance: string;
}

/**
 * Makes the empty file that an OS script's output goes to, readable for nobody else (Ganeti: backend._InstanceLogName).
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
  const name = `${`${kind}-${os}-${instance}`.slice(0, LONGEST_SUBJECT)}-${timestampForFileName(now)}`;
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  if (/[/\x00-\x1f\x7f]/.test(name))
    throw new RpcFailure(`No name for a log file: ${JSON.stringify(name)}`);
  try {
    await makeDirectory(directory, 0o750);
    return await createNew(join(directory, name));
  } catch (error) {
    throw new RpcFailure(`Can't create log file '${name}' in ${directory}: ${errorReason(error)}`, {
      cause: error,
    });
  }
}

async function createNew(stem: string): Promise<string> {
  for (let count = 1; count < MOST_PER_SECOND; count++) {
    const path = count === 1 ? `${stem}.log` : `${stem}-${String(count)}.log`;
    const file = await ignoring(['EEXIST'], open(path, 'wx', 0o600));
    if (file === undefined) continue;
    await file.close();
    stepDone('log begun', path);
    return path;
  }
  throw new Error('too many of this name');
}
