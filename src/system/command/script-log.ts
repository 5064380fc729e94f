import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { timestampForFileName } from '../../base/file-name-time.js';
import { makeDirectory } from '../file/directories.js';

/** Leaves room in a file's name for the time. */
const LONGEST_SUBJECT = 200;
/** How many logs of one subject a second may see. */
const MOST_PER_SECOND = 100;

/**
 * Makes the empty file that a script's output goes to, readable for nobody else: `<subject>-<local time>.log` in
 * `directory`, which is made too. A second one within a second has a number.
 *
 * @param subject what the log is about; it is cut when it is too long for a file's name
 * @returns the file's path
 */
export async function createScriptLog(
  directory: string,
  subject: string,
  now: Date,
): Promise<string> {
  const name = `${subject.slice(0, LONGEST_SUBJECT)}-${timestampForFileName(now)}`;
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  if (/[/\x00-\x1f\x7f]/.test(name))
    throw new Error(`no name for a log file: ${JSON.stringify(name)}`);
  await makeDirectory(directory, 0o750);
  for (let count = 1; count < MOST_PER_SECOND; count++) {
    const path = join(directory, count === 1 ? `${name}.log` : `${name}-${String(count)}.log`);
    const file = await ignoring(['EEXIST'], open(path, 'wx', 0o600));
    await file?.close();
    if (file !== undefined) return path;
  }
  throw new Error(`too many log files of the name ${name}`);
}
