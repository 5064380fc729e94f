import { lstat, readlink, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mount, mountAt, type MountTable } from '../../system/proc/mount-table.js';

/** Room in a file system. */
export interface FileSystemSpace {
  readonly sizeBytes: number;
  /** What others than root may use. */
  readonly freeBytes: number;
}

/** Those that answer from memory, count in the unit that Node tells, and on which all of the daemon's own files lie. */
const LOCAL_TYPES = ['btrfs', 'ext2', 'ext3', 'ext4', 'f2fs', 'overlay', 'tmpfs', 'xfs'];
/** linux/namei.h: MAXSYMLINKS. */
const MAX_LINKS = 40;

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
  const place = await localPlace(path, await table.read());
  if (place === undefined) return undefined;
  const { bsize, blocks, bavail } = await statfs(place);
  return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail };
}

/**
 * Where `path` leads, without links in it; undefined when that is not for us to look at.
 *
 * Step by step, so that nothing is touched before it is known what is mounted there.
 */
async function localPlace(path: string, mounts: readonly Mount[]): Promise<string | undefined> {
  const names = path.split('/').filter(isName);
  let place = '/';
  let links = 0;
  if (!isLocal(mountAt(mounts, place))) return undefined;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(place, name);
    const mount = name === '..' ? undefined : mountAt(mounts, next);
    if (mount !== undefined && !isLocal(mount)) return undefined;
    if (!(await lstat(next)).isSymbolicLink()) {
      place = next;
      continue;
    }
    const target = await readlink(next);
    if (++links > MAX_LINKS) return undefined;
    if (target.startsWith('/')) place = '/';
    names.unshift(...target.split('/').filter(isName));
  }
  return place;
}

function isName(part: string): boolean {
  return part !== '' && part !== '.';
}

function isLocal(mount: Mount | undefined): boolean {
  return mount !== undefined && LOCAL_TYPES.includes(mount.fsType);
}
