import { type MountTable, readable } from '../proc/mount-table.js';
import { findDiskFile } from './disk-files.js';
import type { AttachedLoop, LoopDevices, LoopOver } from './loop-devices.js';

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
    return Promise.all((await this.loopsOver(disk)).map(({ path }) => this.#described(path)));
  }

  /** Empty for what is neither a file nor a block device. */
  async loopsOver(path: string): Promise<LoopOver[]> {
    const disk = await findDiskFile(path);
    return disk === undefined ? [] : this.#loopDevices.over([disk], await this.#mountTable.read());
  }

  /** Detaches the loop device unless anybody uses it; whether it is gone. */
  detach(loop: AttachedLoop): boolean {
    return this.#loopDevices.detach(loop);
  }

  async #described(loop: string): Promise<string> {
    const device = this.#loopDevices.number(loop);
    const mounts = await this.#mountTable.read({ device });
    const [mount] = mounts.filter((each) => each.device === device);
    return mount === undefined ? loop : `${loop} (mounted at ${readable(mount.mountPoint)})`;
  }
}
