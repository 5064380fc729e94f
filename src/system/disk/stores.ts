import { dirname } from 'node:path';
import type { LoopDevices } from '../device/loop-devices.js';
import { followPathNow } from '../kernel/follow-path.js';
import { byteString, type Mount, mountAt, type MountTable } from '../proc/mount-table.js';

/** File systems that answer from memory or from a disk of this machine, and on which the daemon's own files lie. */
const LOCAL_TYPES = [
  ...['btrfs', 'devtmpfs', 'ext2', 'ext3', 'ext4', 'f2fs', 'overlay', 'tmpfs', 'xfs'],
];
/** Major numbers of devices that lie on something else in their turn: loop, nbd, drbd. */
const LAYERED_MAJORS = ['7', '43', '147'];

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

  #among(mounts: readonly Mount[], path: string): Store {
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
export function storeOf(path: string, mounts: readonly Mount[]): Store {
  const byPoint = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  let store = storeAt('/', byPoint);
  const isWhole = followPathNow(path, (place) => {
    store = storeAt(place, byPoint);
    return store.isLocal;
  });
  return isWhole ? store : { ...store, isLocal: false };
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
