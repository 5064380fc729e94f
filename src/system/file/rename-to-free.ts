import { lstat, mkdir } from 'node:fs/promises';
import { errorCode } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import { renameNoReplace } from '../kernel/syscalls.js';
import { renamePath } from './changes.js';
import { removeDirectoryIfEmpty } from './directories.js';
import { nameNewFile } from './files.js';

/** What is said where a file system, NFS for instance, or an old kernel can't rename without replacing. */
const UNABLE = ['EINVAL', 'ENOSYS'];

/**
 * Renames a file or a directory to a name that is free: nothing is ever replaced.
 *
 * @param rename does so in one step
 * @throws a system error, EEXIST where something has the name
 */
export async function renameToFree(
  from: string,
  to: string,
  rename = renameNoReplace,
): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!UNABLE.includes(errorCode(error) ?? '')) throw error;
    await ((await lstat(from)).isDirectory() ? renameDirectory(from, to) : nameNewFile(from, to));
    return;
  }
  stepDone('file renamed', to);
}

/** What a directory may replace is an empty one: that shall be ours. */
async function renameDirectory(from: string, to: string): Promise<void> {
  await mkdir(to, 0o700);
  stepDone('directory made', to);
  try {
    await renamePath(from, to);
  } catch (error) {
    await removeDirectoryIfEmpty(to);
    throw error;
  }
}
