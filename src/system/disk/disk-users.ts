import type { AttachedLoop, LoopDevices, LoopOver } from '../device/loop-devices.js';
import type { DiskDoor } from '../helper/disk-jobs.js';
import { LoopDoor } from '../helper/loop-door.js';
import { type MountTable, readable } from '../proc/mount-table.js';

interface DiskUsersParts {
  readonly disks: DiskDoor;
  readonly loopDevices: Pick<LoopDevices, 'mayBeOver' | 'number'>;
  readonly mountTable: Pick<MountTable, 'read'>;
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
    const { disks, mountTable } = this.#parts;
    const disk = await disks.run('findDiskFile', { path }, path);
    return disk === undefined ? [] : this.#loops.over([disk], await mountTable.read());
  }

  /** Detaches the loop device unless anybody uses it; whether it is gone. */
  detach(loop: AttachedLoop): Promise<boolean> {
    return this.#loops.detach(loop);
  }

  async #described(loop: string): Promise<string> {
    const { loopDevices, mountTable } = this.#parts;
    const device = loopDevices.number(loop);
    const mounts = await mountTable.read({ device });
    const [mount] = mounts.filter((each) => each.device === device);
    return mount === undefined ? loop : `${loop} (mounted at ${readable(mount.mountPoint)})`;
  }
}
