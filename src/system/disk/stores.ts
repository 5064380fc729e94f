import { lstat, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import type { LoopDevices } from '../device/loop-devices.js';
import { byteString, type Mount, mountAt, type MountTable } from '../proc/mount-table.js';

/** File systems that answer from memory or from a disk of this machine, and on which the daemon's own files lie. */
const LOCAL_TYPES = [
  ...['btrfs', 'devtmpfs', 'ext2', 'ext3', 'ext4', 'f2fs', 'overlay', 'tmpfs', 'xfs'],
];
/** Major numbers of devices that lie on something else in their turn: loop, nbd, drbd. */
const LAYERED_MAJORS = ['7', '43', '147'];
/** What looking at a name fails with where there is nothing, or nothing that can be looked at. */
const NOT_THERE = ['EACCES', 'EINVAL', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR'];
/** linux/namei.h: MAXSYMLINKS. */
const MAX_LINKS = 40;

/** What a disk lies on together with others. When it stops to answer, it does so for all of them. */
export interface Store {
  /** A mount point, or a directory of devices. */
  readonly name: string;
  /** Whether the daemon itself may look at what is on it. */
  readonly isLocal: boolean;
}

/** Says what files and devices lie on, without touching any file system but those that are local. */
export class Stores {
  readonly #table: Pick<MountTable, 'read'>;
  readonly #loopDevices: Pick<LoopDevices, 'backingFile'>;

  constructor({
    table,
    loopDevices,
  }: {
    table: Pick<MountTable, 'read'>;
    loopDevices: Pick<LoopDevices, 'backingFile'>;
  }) {
    this.#table = table;
    this.#loopDevices = loopDevices;
  }

  async of(path: string): Promise<Store> {
    const mounts = await this.#table.read();
    return this.#among(mounts, path);
  }

  /** What the disk lies on that is mounted at exactly `root`. */
  async ofRoot(root: string): Promise<Store> {
    const mounts = await this.#table.read();
    return this.#among(mounts, mountAt(mounts, root)?.source ?? root);
  }

  async #among(mounts: readonly Mount[], path: string): Promise<Store> {
    const below = path.startsWith('/dev/loop') ? this.#loopDevices.backingFile(path) : undefined;
    const file = below ?? path;
    if (file.startsWith('/dev/')) return { name: dirname(file), isLocal: true };
    return storeOf(file, mounts);
  }
}

/**
 * What the absolute `path` lies on.
 *
 * Step by step, so that nothing is touched before it is known what is mounted there: the first that is not local on the
 * way is the answer.
 */
export async function storeOf(path: string, mounts: readonly Mount[]): Promise<Store> {
  const byPoint = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const names = path.split('/').filter(isName);
  let [place, links] = ['/', 0];
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(place, name);
    if (!storeAt(next, byPoint).isLocal) return storeAt(next, byPoint);
    const target = await linkTarget(next);
    if (target === undefined) place = next;
    else {
      // The kernel goes no further.
      if (++links > MAX_LINKS) return { name: place, isLocal: false };
      if (target.startsWith('/')) place = '/';
      names.unshift(...target.split('/').filter(isName));
    }
  }
  return storeAt(place, byPoint);
}

/** Undefined for what is no link, or is not there. */
async function linkTarget(path: string): Promise<string | undefined> {
  const stats = await ignoring(NOT_THERE, lstat(path));
  return stats?.isSymbolicLink() === true ? ignoring(NOT_THERE, readlink(path)) : undefined;
}

/** The mount that `place`, in which there are no links, is on. */
function storeAt(place: string, byPoint: ReadonlyMap<string, Mount>): Store {
  const mount = byPoint.get(byteString(place));
  if (mount !== undefined) return { name: place, isLocal: isLocal(mount) };
  return place === '/' ? { name: place, isLocal: false } : storeAt(dirname(place), byPoint);
}

function isLocal({ fsType, device }: Mount): boolean {
  const [major = ''] = device.split(':');
  return LOCAL_TYPES.includes(fsType) && !LAYERED_MAJORS.includes(major);
}

function isName(part: string): boolean {
  return part !== '' && part !== '.';
}
