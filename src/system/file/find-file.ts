import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';

/** Ganeti: constants.EXT_PLUGIN_MASK */
const PLUGIN_NAME = /^[a-zA-Z0-9_-]+$/;

/** Error codes that mean "not found"; lacking permission counts as not found. */
export const NOT_FOUND = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'] as const;

/** Whether `name` can be that of something that administrators put into a directory of Ganeti's. */
export function isPluginName(name: string): boolean {
  return PLUGIN_NAME.test(name);
}

/** The path of the first of this name in the directories of `searchPath` that `isWanted` (Ganeti: utils.FindFile). */
export async function findFile(
  name: string,
  searchPath: readonly string[],
  isWanted: (stats: Stats) => boolean,
): Promise<string | undefined> {
  if (!isPluginName(name)) return undefined;
  for (const directory of searchPath) {
    const path = join(directory, name);
    const stats = await ignoring(NOT_FOUND, stat(path));
    if (stats !== undefined && isWanted(stats)) return path;
  }
  return undefined;
}
