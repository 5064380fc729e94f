import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import { locate } from '../kernel/syscalls.js';

/**
 * Files that are mount points, as `/etc/hosts` is in every container: another file can't take their place (EBUSY), and
 * the directory around them may be read-only.
 */

/** Whether the file at `path` is a mount point of its own. */
export async function isMountedFile(path: string): Promise<boolean> {
  const stats = await ignoring(['ENOENT', 'ENOTDIR'], lstat(path));
  return stats?.isFile() === true && locate(path).mountId !== locate(dirname(path)).mountId;
}

/**
 * Writes the content over that of the file at `path`. The old one is put back when that fails.
 *
 * It is not atomic: a reader may see a part of each, and a power failure may leave that.
 *
 * @param prepare is handed the open file before its content changes, `finish` afterwards
 */
export async function overwriteFile(
  path: string,
  content: Uint8Array,
  { prepare, finish }: Record<'prepare' | 'finish', (file: FileHandle) => Promise<void>>,
): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    await prepare(file);
    const before = await file.readFile();
    try {
      await overwrite(file, content);
    } catch (error) {
      await overwrite(file, before);
      throw error;
    }
    await finish(file);
    await file.sync();
    stepDone('file overwritten', path);
  } finally {
    await file.close();
  }
}

/** Cut only when all is written: no reader finds an empty file, and the old content needs no new room on the disk. */
async function overwrite(file: FileHandle, content: Uint8Array): Promise<void> {
  for (let done = 0; done < content.length;)
    done += (await file.write(content, done, content.length - done, done)).bytesWritten;
  await file.truncate(content.length);
}
