import { HotplugError } from '../../base/errors.js';
import type { Disk, Instance } from '../../generated/objects.js';
import { type FoundDisk, type HotplugChange, isDisk } from '../hypervisor.js';
import { nodeName, type PluggedDisks } from './plugged-disks.js';

/**
 * The devices of chroots: disks come and go while an instance runs (`PluggedDisks`). Network interfaces are those of the
 * host, and there is nothing to plug.
 */
export class ChrootHotplug {
  readonly #disks: PluggedDisks;

  constructor({ disks }: { disks: PluggedDisks }) {
    this.#disks = disks;
  }

  /**
   * Plugs the disks of an instance that starts: all but the first.
   *
   * Deviation: in Ganeti a chroot sees nothing of its further disks.
   */
  async plug(name: string, disks: readonly FoundDisk[]): Promise<void> {
    if (disks.length > 0) await this.#disks.plug(name, disks);
  }

  /** @returns the path of a disk inside, empty for a network interface */
  async add({ name }: Instance, { target, device, devPath }: HotplugChange): Promise<string> {
    if (target === 'nic') return '';
    if (!isDisk(device) || devPath === undefined) throw new HotplugError('This is not a disk');
    const wasPlugged = await this.#disks.isPlugged(name, device);
    try {
      const [path = ''] = await this.#disks.plug(name, [{ disk: device, devPath }]);
      return path;
    } catch (error) {
      if (!wasPlugged) await this.#disks.unplug(name, device);
      throw error;
    }
  }

  /** @returns as `add` */
  async remove({ name, disks_info: disks }: Instance, change: HotplugChange): Promise<string> {
    const { target, device } = change;
    if (target === 'nic') return '';
    if (!isDisk(device)) throw new HotplugError('This is not a disk');
    if (!(await this.#disks.isPlugged(name, device))) refuseRoot(device, disks);
    await this.#disks.unplug(name, device);
    return nodeName(device);
  }

  show({ name, disks_info: disks }: Instance): Promise<void> {
    return this.#disks.show(name, disks);
  }

  release(...args: Parameters<PluggedDisks['release']>): Promise<void> {
    return this.#disks.release(...args);
  }

  resize(name: string, disk: FoundDisk): Promise<void> {
    return this.#disks.resize(name, disk);
  }
}

/** @throws HotplugError when no chroot can be changed in this way while it runs */
export function checkHotplug(action: string, target: string): void {
  if (action === 'hotmod' && target === 'disk')
    throw new HotplugError('A disk of a chroot can be added and removed, but not changed');
}

function refuseRoot(device: Disk, [first]: readonly Disk[]): void {
  if (first !== undefined && nodeName(first) === nodeName(device))
    throw new HotplugError('The first disk is the root of the chroot, it cannot be removed');
}
