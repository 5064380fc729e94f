import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { WallClock } from '../../base/clock.js';
import { ignoring } from '../../base/errno.js';
import { timestampForFileName } from '../../base/file-name-time.js';
import { writeFileAtomically } from '../../system/file/files.js';

/**
 * Copies the file at `path` to a name beside it, which tells when that was, for root's eyes only.
 *
 * Ganeti: utils.CreateBackup
 *
 * @returns the path of the copy; undefined when there is no such file
 */
export async function backUp(path: string, clock: WallClock): Promise<string | undefined> {
  const stats = await ignoring(['ENOENT'], stat(path));
  if (!stats?.isFile()) return undefined;
  const suffix = randomBytes(6).toString('base64url');
  const copy = `${path}.backup-${timestampForFileName(clock.wallTime())}.${suffix}`;
  await writeFileAtomically(copy, await readFile(path));
  return copy;
}
