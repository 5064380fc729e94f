import type { AttachedLoop, LoopDevices, LoopOver } from '../device/loop-devices.js';
import type { DiskDoor } from '../helper/disk-jobs.js';
import { LoopDoor } from '../helper/loop-door.js';
import type { MountTable } from '../proc/mount-table.js';

interface DiskUsersParts {
  readonly disks: DiskDoor;
  readonly loopDevices: Pick<LoopDevices, 'mayBeOver' | 'number'>;
  readonly mountTable: Pick<MountTable, 'read' | 'pointsOf'>;
}

/** Who uses a disk, or has left it in use: loop devices over it, and what is mounted through them. */
export class DiskUsers {
  readonly #parts: DiskUsersParts;
  readonly #loops: LoopDoor;

  constructor(parts: DiskUsersParts) {
    this.#parts = parts;
    this.#loops = new LoopDoor(parts);
  }

  /** For people: `/dev/loop3 (mounted at /mnt)`. */
  async of(disk: string): Promise<string[]> {
    return Promise.all((await this.loopsOver(disk)).map(({ path }) => this.#described(path)));
  }

  /** Empty for what is neither a file nor a block device. */
  async loopsOver(path: string): Promise<LoopOver[]> {
    const disk = await this.#parts.disks.run('findDiskFile', { path }, path);
    return disk === undefined ? [] : this.#loops.over([disk]);
  }

  /** Detaches the loop device unless anybody uses it; whether it is gone. */
  detach(loop: AttachedLoop): Promise<boolean> {
    return this.#loops.detach(loop);
  }

  async #described(loop: string): Promise<string> {
    const { loopDevices, mountTable } = this.#parts;
    const [point] = await mountTable.pointsOf(loopDevices.number(loop));
    return point === undefined ? loop : `${loop} (mounted at ${point})`;
  }
}
