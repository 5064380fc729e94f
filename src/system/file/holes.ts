import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ignoring } from '../../base/errno.js';
import { firstData } from '../kernel/syscalls.js';

/**
 * Whether there is nothing but a hole in the file at `path`, so that all of it reads as zeros; false where that can't be
 * told, and for what is no file.
 *
 * May wait for a file system that hangs.
 */
export async function isAllHole(path: string): Promise<boolean> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await ignoring(['ELOOP', 'ENOENT', 'ENXIO'], open(path, flags));
  try {
    if (file === undefined || !(await file.stat()).isFile()) return false;
    // A file system that knows no holes has data everywhere, or does not know the question.
    return (
      (await ignoring(
        ['EINVAL'],
        firstData(file.fd).then((at) => at ?? 'none'),
      )) === 'none'
    );
  } finally {
    await file?.close();
  }
}
