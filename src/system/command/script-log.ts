import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { timestampForFileName } from '../../base/file-name-time.js';
import { makeDirectory } from '../file/directories.js';
import { stepDone } from '../kernel/steps.js';

/** Leaves room in a file's name for the time. */
const LONGEST_SUBJECT = 200;
/** How many logs of one subject a second may see. */
const MOST_PER_SECOND = 100;

/** A name for a log: what it is about, cut where it is too long for a file's name, and the time. */
export function logName(subject: string, now: Date): string {
  return `${subject.slice(0, LONGEST_SUBJECT)}-${timestampForFileName(now)}`;
}

/** Whether `name` can be that of a file, and nothing else. */
export function isLogName(name: string): boolean {
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  return !/[/\x00-\x1f\x7f]/.test(name);
}

/**
 * Makes the empty file that a script's output goes to, readable for nobody else: `<name>.log` in `directory`, which is
 * made too. Another one of the same name has a number.
 *
 * @returns the file's path
 */
export async function createLog(directory: string, name: string): Promise<string> {
  if (!isLogName(name)) throw new Error(`no name for a log file: ${JSON.stringify(name)}`);
  await makeDirectory(directory, 0o750);
  for (let count = 1; count < MOST_PER_SECOND; count++) {
    const path = join(directory, count === 1 ? `${name}.log` : `${name}-${String(count)}.log`);
    const file = await ignoring(['EEXIST'], open(path, 'wx', 0o600));
    if (file === undefined) continue;
    await file.close();
    stepDone('log begun', path);
    return path;
  }
  throw new Error(`too many log files of the name ${name}`);
}
