import { statfs } from 'node:fs/promises';
import { storeOf } from '../../system/disk/stores.js';
import type { MountTable } from '../../system/proc/mount-table.js';

/** Room in a file system. */
export interface FileSystemSpace {
  readonly sizeBytes: number;
  /** What others than root may use. */
  readonly freeBytes: number;
}

/**
 * The room in the file system that the absolute `path` is on, asked for by Node itself; undefined when another file
 * system than a local one is on the way to it, which may block all who touch it.
 *
 * @throws a system error
 */
export async function localSpace(
  path: string,
  table: Pick<MountTable, 'read'>,
): Promise<FileSystemSpace | undefined> {
  if (!path.startsWith('/')) return undefined;
  const { isLocal } = storeOf(path, await table.read());
  if (!isLocal) return undefined;
  const { bsize, blocks, bavail } = await statfs(path);
  return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail };
}
