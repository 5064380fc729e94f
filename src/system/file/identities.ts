import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { errorCode } from '../../base/errno.js';

/**
 * What `path` leads to, so that two ways to write it have something in common: the path without `//` and `.`, its place
 * (a directory by device and inode, and the name in it), and what is there (a device by its number, all else by device
 * and inode). What can't be looked up is left out: it is for the work itself to say why.
 *
 * May wait for a file system that hangs.
 */
export async function identitiesOf(path: string): Promise<string[]> {
  const normal = normalize(path).replace(/(?<=.)\/$/, '');
  const place = await placeOf(dirname(normal), basename(normal));
  // Behind a link `..` leads elsewhere than it looks.
  const things = await Promise.all([...new Set([normal, path])].map(at));
  return [
    `path:${normal}`,
    ...(place === undefined ? [] : [place]),
    ...things.filter((thing) => typeof thing === 'object').map(thingOf),
  ];
}

function thingOf(stats: BigIntStats): string {
  return stats.isBlockDevice() ? `device:${stats.rdev}` : `inode:${stats.dev}:${stats.ino}`;
}

/** The directory may have to be made yet: then that above it counts. */
async function placeOf(directory: string, name: string): Promise<string | undefined> {
  const stats = await at(directory);
  if (typeof stats === 'object') return `place:${stats.dev}:${stats.ino}/${name}`;
  if (stats !== 'ENOENT' || directory === dirname(directory)) return undefined;
  return placeOf(dirname(directory), join(basename(directory), name));
}

/** What is at a path, or the code of the error. */
function at(path: string): Promise<BigIntStats | string | undefined> {
  return stat(path, { bigint: true }).catch(errorCode);
}
