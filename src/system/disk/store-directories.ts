import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { makeDirectory, removeDirectory, syncDirectory } from '../file/directories.js';
import { removeTemporaries } from '../file/files.js';
import { renameToFree } from '../file/rename-to-free.js';
import { syncDirectoriesOf } from './image-files.js';

/** Directories that disk images lie in; what is changed survives a power failure. These are jobs of helpers. */

const DIRECTORY_MODE = 0o750;

/** Makes the directory and those above it. */
export async function makeStoreDirectory({ path }: { path: string }): Promise<void> {
  const topmost = await makeDirectory(path, DIRECTORY_MODE);
  if (topmost === undefined) return;
  for (let directory = path; directory.length >= topmost.length; directory = dirname(directory))
    await syncDirectory(dirname(directory));
}

/** @throws a system error, ENOTEMPTY for one with something in it */
export async function removeStoreDirectory({ path }: { path: string }): Promise<void> {
  // A disk that is only half made is no disk: it is of a daemon that was killed.
  await removeTemporaries(path);
  await removeDirectory(path);
  await syncDirectory(dirname(path));
}

export async function renameStoreDirectory({
  from,
  to,
}: {
  from: string;
  to: string;
}): Promise<void> {
  await renameToFree(from, to);
  await syncDirectoriesOf(to, from);
}

/** What the files below a directory hold together; links are not followed (Ganeti: utils.CalculateDirectorySize). */
export async function directorySizeBytes({ path }: { path: string }): Promise<number> {
  let size = 0;
  const directories = [path];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const entries = (await ignoring(['ENOENT'], readdir(directory, { withFileTypes: true }))) ?? [];
    for (const entry of entries) {
      const inside = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(inside);
      else size += (await ignoring(['ENOENT'], lstat(inside)))?.size ?? 0;
    }
  }
  return size;
}
