import type { DiskFile } from '../device/disk-files.js';
import type { AttachedLoop, LoopDevices, LoopOver } from '../device/loop-devices.js';
import type { Mount } from '../proc/mount-table.js';
import type { DiskDoor } from './disk-jobs.js';

/**
 * What is done to loop devices, and asked of them, through their nodes: by helpers, since the kernel asks the file system
 * below. What `/sys` tells of them, `LoopDevices` may be asked directly.
 */
export class LoopDoor {
  readonly #disks: DiskDoor;
  readonly #loopDevices: Pick<LoopDevices, 'mayBeOver'>;

  constructor({
    disks,
    loopDevices,
  }: {
    disks: DiskDoor;
    loopDevices: Pick<LoopDevices, 'mayBeOver'>;
  }) {
    this.#disks = disks;
    this.#loopDevices = loopDevices;
  }

  /** Makes one that stays until it is detached, see `LoopDevices.attach`. */
  attach(
    { path, identity }: DiskFile,
    options: { name: string; isReadOnly: boolean },
  ): Promise<AttachedLoop> {
    return this.#disks.delegate('attachLoop', { file: path, identity, ...options }, path);
  }

  /** See `LoopDevices.detach`. */
  detach(loop: AttachedLoop, { isKept = true } = {}): Promise<boolean> {
    return this.#disks.delegate('detachLoop', { loop, isKept }, loop.path);
  }

  /** Makes the device at `path` as large as its file. */
  async resize(path: string): Promise<void> {
    await this.#disks.delegate('resizeLoop', { path }, path);
  }

  /** See `LoopDevices.over`. */
  async over(disks: readonly DiskFile[], mounts: readonly Mount[]): Promise<LoopOver[]> {
    const guesses = this.#loopDevices.mayBeOver(disks, mounts);
    const [first] = disks;
    if (guesses.length === 0 || first === undefined) return [];
    return this.#disks.delegate('loopsAmong', { guesses }, first.path);
  }
}
