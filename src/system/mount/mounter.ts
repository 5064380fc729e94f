import type { DiskDoor } from '../helper/disk-jobs.js';
import {
  type Mount,
  mountAt,
  mountsBelow,
  MountTable,
  type OpenRoot,
  type WantedMounts,
} from '../proc/mount-table.js';
import type { DiskMount, MountedDisk } from './mount-disk.js';
import type { Leftover } from './unmount-tree.js';

/** Mounts that are still there after all was tried; the message names each with its reason. */
export class UnmountError extends Error {
  readonly leftovers: readonly Leftover[];

  constructor(leftovers: readonly Leftover[], options?: ErrorOptions) {
    super(
      leftovers.map(({ mountPoint, reason }) => `${mountPoint}: ${reason}`).join('; '),
      options,
    );
    this.name = 'UnmountError';
    this.leftovers = leftovers;
  }
}

/** Mounts and unmounts, by helper processes with a time limit. */
export class Mounter {
  readonly #disks: DiskDoor;
  readonly #table: MountTable;
  /** Why this process can't mount a disk; undefined when nothing is known to be missing. */
  readonly missingRight: () => string | undefined;

  constructor({
    disks,
    table,
    missingRight = () => undefined,
  }: {
    disks: DiskDoor;
    table: MountTable;
    missingRight?: () => string | undefined;
  }) {
    this.#disks = disks;
    this.#table = table;
    this.missingRight = missingRight;
  }

  /** All mounts, with the names of those that are `wanted` (`MountTable.read`). */
  mounts(wanted?: WantedMounts): Promise<Mount[]> {
    return this.#table.read(wanted);
  }

  /** Whether anything is mounted at `path`; unlike `mounts`, quick when there are many. */
  isMountPoint(path: string): boolean {
    return this.#table.isMountPoint(path);
  }

  /** Opens the directory as what was mounted there first has it (`MountTable.openFirst`). */
  openFirst(path: string): Promise<OpenRoot | undefined> {
    return this.#table.openFirst(path);
  }

  /**
   * Mounts a disk (`mountDisk`).
   *
   * @throws MountError, HelperError, or why the disk itself can't be had
   */
  mount(request: DiskMount): Promise<MountedDisk> {
    return this.#disks.delegate('mountDisk', request, request.disk);
  }

  /**
   * Unmounts `root` and all below it, or with `keepRoot` all but what was mounted first.
   *
   * `root`'s own path must be trusted; the names below it need not be.
   *
   * @throws UnmountError naming what is still mounted
   * @throws HelperError when it takes too long
   */
  async unmountTree(root: string, { keepRoot = false } = {}): Promise<void> {
    const mounts = await this.mounts({ within: [root] });
    const below = mountsBelow(mounts, root);
    const atRoot = mounts.filter(
      ({ mountPoint }) => mountPoint === mountAt(mounts, root)?.mountPoint,
    );
    if (below.length === 0 && atRoot.length <= (keepRoot ? 1 : 0)) return;
    const leftovers = await this.#disks.delegateAt('unmountAll', { root, keepRoot }, root);
    if (leftovers.length > 0) throw new UnmountError(leftovers);
  }
}
