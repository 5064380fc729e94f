import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorReason, ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import type { FileOwner } from '../../system/file/changes.js';
import { makeNewDirectory } from '../../system/file/directories.js';
import { removeIfExists } from '../../system/file/files.js';

/** Ganeti: ensure_dirs */
const DIRECTORY_MODE = 0o750;

/** Finds out whose the files of the queue are. It may take a program, and so is done when something is made. */
export type QueueOwner = () => Promise<FileOwner | undefined>;

/** Makes a directory of the job queue with the owner that it should have; one that is there already stays as it is. */
export async function makeQueueDirectory(path: string, ownerOf: QueueOwner): Promise<void> {
  try {
    if ((await ignoring(['ENOENT'], stat(path))) !== undefined) return;
    await makeNewDirectory(path, { mode: DIRECTORY_MODE, owner: await ownerOf() });
  } catch (error) {
    throw new RpcFailure(`Can't make job queue directory '${path}': ${errorReason(error)}`, {
      cause: error,
    });
  }
}

/**
 * Removes the regular files in a directory, but for hidden ones (Ganeti: backend._CleanDirectory).
 *
 * @param options `alsoInside` says in which directories in it, by name, to do the same; links are left alone
 */
export async function removeFiles(
  directory: string,
  { except = [], alsoInside }: { except?: readonly string[]; alsoInside?: RegExp },
): Promise<void> {
  const entries = await ignoring(['ENOENT'], readdir(directory, { withFileTypes: true }));
  for (const entry of entries ?? []) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith('.') || except.includes(entry.name)) continue;
    if (entry.isFile()) await removeIfExists(path);
    else if (entry.isDirectory() && alsoInside?.test(entry.name)) await removeFiles(path, {});
  }
}
