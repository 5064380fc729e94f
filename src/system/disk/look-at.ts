import { constants, type Stats } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, ignoring } from '../../base/errno.js';
import { deviceNumber } from '../device/device-numbers.js';

/** What is at a path, as plain JSON. These are jobs of helpers. */

const NOT_THERE = ['ENOENT', 'ENOTDIR'];

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'block' | 'other';
  readonly sizeBytes: number;
  /** "major:minor" of a device. */
  readonly device: string;
}

/** @throws a system error */
export async function lookAt({
  path,
  followsLinks,
}: {
  path: string;
  followsLinks: boolean;
}): Promise<FileFacts> {
  const stats = await (followsLinks ? stat : lstat)(path);
  return { kind: kindOf(stats), sizeBytes: stats.size, device: deviceNumber(stats.rdev) };
}

function kindOf(stats: Stats): FileFacts['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  return stats.isBlockDevice() ? 'block' : 'other';
}

/** Whether files can be made in a directory. */
export async function isWritable({ path }: { path: string }): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Where `path` leads, without links in it.
 *
 * @throws a system error
 */
export function resolvePath({ path }: { path: string }): Promise<string> {
  return realpath(path);
}

/** Where a path leads, or the link on the way that leads nowhere. */
export type Resolution = { readonly real: string } | { readonly brokenLink: string };

/**
 * Where `path` leads: all that exists of it resolved, and the rest as it is.
 *
 * @throws a system error
 */
export async function resolveNewPath({ path }: { path: string }): Promise<Resolution> {
  try {
    return { real: await realpath(path) };
  } catch (error) {
    if (!NOT_THERE.includes(errorCode(error) ?? '')) throw error;
  }
  // What is made through a link to nowhere would be made there.
  if ((await ignoring(NOT_THERE, lstat(path)))?.isSymbolicLink() === true)
    return { brokenLink: path };
  const above = await resolveNewPath({ path: dirname(path) });
  return 'real' in above ? { real: join(above.real, basename(path)) } : above;
}
