import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../system/files.js';

/** Ganeti: constants.EXT_PLUGIN_MASK */
const PROGRAM_NAME = /^[a-zA-Z0-9_-]+$/;
const UNREADABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'];

/** Whether `name` can be that of a program which administrators put into a folder of Ganeti's. */
export function isProgramName(name: string): boolean {
  return PROGRAM_NAME.test(name);
}

/** Whether `path` is a file that we may execute (Ganeti: utils.IsExecutable). */
export async function isExecutable(path: string): Promise<boolean> {
  const stats = await ignoring(UNREADABLE, stat(path));
  if (stats?.isFile() !== true) return false;
  return (
    (await ignoring(
      ['EACCES'],
      access(path, constants.X_OK).then(() => true),
    )) === true
  );
}

/** Whether `path`, all links followed, lies in `folder`, likewise. */
export async function leadsInside(path: string, folder: string): Promise<boolean> {
  const real = await ignoring(UNREADABLE, realpath(path));
  const realFolder = await ignoring(UNREADABLE, realpath(folder));
  return real !== undefined && realFolder !== undefined && real.startsWith(`${realFolder}/`);
}

/** The first file of this name in the folders of `searchPath` (Ganeti: utils.FindFile). */
export async function findProgram(
  name: string,
  searchPath: readonly string[],
): Promise<string | undefined> {
  if (!isProgramName(name)) return undefined;
  for (const folder of searchPath) {
    const path = join(folder, name);
    const stats = await ignoring(UNREADABLE, stat(path));
    if (stats?.isFile() === true) return path;
  }
  return undefined;
}
