import { closeSync, constants } from 'node:fs';
import { errorCode } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import { type MountTable, readable } from '../proc/mount-table.js';
import type { LoopDevices } from './loop-devices.js';
import { openLoop } from './loop-nodes.js';
import { clear } from './named-loops.js';

/** What opening a loop device fails with that is free, or is being freed. */
const FREE = ['ENOENT', 'ENXIO', 'ENODEV'];

/** A loop device, and what it is over. */
export interface LoopOver {
  /** In /dev. */
  readonly path: string;
  readonly file: string;
}

/** Who uses a disk, or has left it in use: loop devices over it, and what is mounted through them. */
export class DiskUsers {
  readonly #loopDevices: LoopDevices;
  readonly #mountTable: Pick<MountTable, 'read'>;

  constructor({
    loopDevices,
    mountTable,
  }: {
    loopDevices: LoopDevices;
    mountTable: Pick<MountTable, 'read'>;
  }) {
    this.#loopDevices = loopDevices;
    this.#mountTable = mountTable;
  }

  /** For people: `/dev/loop3 (mounted at /mnt)`. */
  async of(disk: string): Promise<string[]> {
    const loops = await this.#loopDevices.over(disk);
    return Promise.all(loops.map((loop) => this.#described(loop)));
  }

  async loopsOver(disk: string): Promise<LoopOver[]> {
    const loops = await this.#loopDevices.over(disk);
    return loops.flatMap((path) => {
      const file = this.#loopDevices.backingFile(path);
      return file === undefined ? [] : [{ path, file }];
    });
  }

  /** Detaches the loop device unless anybody uses it; whether it is gone. */
  detach(loop: LoopOver): boolean {
    return detachUnused(loop, () => this.#loopDevices.backingFile(loop.path) === loop.file);
  }

  async #described(loop: string): Promise<string> {
    const device = this.#loopDevices.number(loop);
    const mounts = await this.#mountTable.read({ device });
    const [mount] = mounts.filter((each) => each.device === device);
    return mount === undefined ? loop : `${loop} (mounted at ${readable(mount.mountPoint)})`;
  }
}

/**
 * Detaches the loop device unless anybody uses it.
 *
 * @param isStillIt asked while it is open: before, it may have become another one
 * @returns whether it is gone
 */
export function detachUnused({ path, file }: LoopOver, isStillIt: () => boolean): boolean {
  try {
    const fd = openLoop(path, constants.O_RDONLY);
    try {
      if (isStillIt() && !clear(fd)) return false;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!FREE.includes(errorCode(error) ?? '')) throw error;
  }
  stepDone('loop device detached', file);
  return true;
}
