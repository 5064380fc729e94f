import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { ignoring, isDone } from '../../base/errno.js';
import { NOT_FOUND } from '../../system/file/find-file.js';

/** The master waits 900 s for hooks and allocators; then nobody listens. */
export const SCRIPT_TIMEOUT_MS = 850_000;

/** Whether `path` is a file that we may execute (Ganeti: utils.IsExecutable). */
export async function isExecutable(path: string): Promise<boolean> {
  const stats = await ignoring(NOT_FOUND, stat(path));
  if (stats?.isFile() !== true) return false;
  return isDone(['EACCES'], access(path, constants.X_OK));
}

/** Whether `path`, all links followed, lies in `directory`, likewise. */
export async function leadsInside(path: string, directory: string): Promise<boolean> {
  const real = await ignoring(NOT_FOUND, realpath(path));
  const realDirectory = await ignoring(NOT_FOUND, realpath(directory));
  return real !== undefined && realDirectory !== undefined && real.startsWith(`${realDirectory}/`);
}
