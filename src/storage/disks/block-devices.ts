import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import { retry } from '../../base/retry.js';
import type { BlockDeviceStatus, Disk, Instance, LogicalId } from '../../generated/objects.js';
import type { BlockDevice } from '../block-device.js';
import type { DiskTemplates } from '../disk-templates.js';
import type { DeviceCache } from './device-cache.js';
import { failBare, failWithPrefix, nameOf, refuseUserspaceAccess } from './failures.js';
import type { DiskLinks } from './links.js';

/** How many disks of an instance are looked for at once. */
const DISKS_AT_ONCE = 8;
/** Ganeti: constants.DISK_REMOVE_RETRY_INTERVAL, DISK_REMOVE_RETRY_TIMEOUT */
const REMOVE_RETRY = { timeoutMs: 30_000, pollMs: 3_000 };

export interface CreateRequest {
  /** Name of the instance that the disk is for. */
  readonly owner: string;
  readonly onPrimary: boolean;
  /** A note to be kept with the disk, where the template can. */
  readonly info: string;
  readonly exclusiveStorage: boolean;
}

/** Path, link on the primary node, and URI for hypervisors that use a disk without the kernel; or nothing was to be done. */
export type AssembledDisk = [devPath: string, linkPath: string | null, uri: null] | [true, true];

/** Ganeti: Disk.AssembleOnSecondary, OpenOnSecondary, but for DRBD */
const READY_ON_SECONDARY = 'plain';

/** A disk of an instance that is about to start. */
export interface LinkedDisk {
  readonly disk: Disk;
  readonly linkPath: string;
  readonly devPath: string;
}

export interface BlockDevicesParts {
  readonly templates: DiskTemplates;
  readonly links: DiskLinks;
  readonly deviceCache: DeviceCache;
  readonly logger: Logger;
  readonly removeRetry?: Readonly<typeof REMOVE_RETRY>;
}

/**
 * What the master asks of an instance's disks (Ganeti: backend.Blockdev*).
 *
 * None of the templates served has disks below its disks.
 */
export class BlockDevices {
  readonly #parts: Required<BlockDevicesParts>;

  constructor(parts: BlockDevicesParts) {
    this.#parts = { removeRetry: REMOVE_RETRY, ...parts };
  }

  /** Makes a disk, and on the primary node makes it ready for use (Ganeti: backend.BlockdevCreate). */
  async create(disk: Disk, sizeMiB: number, request: CreateRequest): Promise<LogicalId> {
    const { owner, onPrimary, info, exclusiveStorage } = request;
    const device = await failWithPrefix("Can't create block device", () =>
      this.#parts.templates.create(disk, sizeMiB, exclusiveStorage),
    );
    if (onPrimary) await this.#makeReady(device, disk, owner);
    await device.setInfo(info);
    return device.logicalId;
  }

  async #makeReady(device: BlockDevice, disk: Disk, owner: string): Promise<void> {
    await failWithPrefix("Can't assemble device after creation, unusual event", () =>
      device.assemble(),
    );
    await failWithPrefix("Can't make device r/w after creation, unusual event", () =>
      device.open(),
    );
    await this.#noteOwner(device, disk, { owner, onPrimary: true });
  }

  /**
   * Makes a disk usable, and on the primary node links to it. On a secondary node only logical volumes have to be made
   * usable (Ganeti: backend.BlockdevAssemble).
   */
  async assemble(
    disk: Disk,
    instance: Instance,
    asPrimary: boolean,
    index: number,
  ): Promise<AssembledDisk> {
    const device = await failWithPrefix('Error while assembling disk', async () => {
      this.#parts.templates.require(disk);
      const isNeeded = asPrimary || disk.dev_type === READY_ON_SECONDARY;
      return isNeeded ? await this.#assembleForUse(disk, instance, asPrimary) : undefined;
    });
    if (device === undefined) return [true, true];
    if (!asPrimary) return [device.devPath, null, null];
    const linkPath = await failBare(() =>
      this.#link('Error while symlinking disk', instance, index, device),
    );
    return [device.devPath, linkPath, null];
  }

  async #assembleForUse(disk: Disk, instance: Instance, onPrimary: boolean): Promise<BlockDevice> {
    const device = await this.#parts.templates.assemble(disk);
    await device.open();
    if (onPrimary) refuseUserspaceAccess(disk, instance);
    await this.#noteOwner(device, disk, { owner: instance.name, onPrimary });
    return device;
  }

  /** Undoes `assemble`, but for the link. Idempotent (Ganeti: backend.BlockdevShutdown). */
  async shutdown(disk: Disk): Promise<void> {
    const device = await this.#parts.templates.find(disk);
    if (device === undefined) return;
    await failBare(() => device.shutdown());
    await this.#parts.deviceCache.remove(device.devPath);
  }

  /**
   * Destroys a disk, trying for a while. Idempotent (Ganeti: backend.BlockdevRemove).
   *
   * Deviation: Ganeti says that it removed a disk which it could not so much as look at.
   */
  async remove(disk: Disk): Promise<void> {
    const device = await failWithPrefix(`Can't attach to device ${nameOf(disk)} in remove`, () =>
      this.#parts.templates.find(disk),
    );
    if (device === undefined) return;
    await failBare(() =>
      retry(
        () => device.remove(),
        (error) => error instanceof BlockDeviceError,
        this.#parts.removeRetry,
      ),
    );
    await this.#parts.deviceCache.remove(device.devPath);
  }

  /** The state of a disk, or null when there is none (Ganeti: backend.BlockdevFind). */
  async find(disk: Disk): Promise<BlockDeviceStatus | null> {
    const device = await failWithPrefix('Failed to find device', () =>
      this.#parts.templates.find(disk),
    );
    return device?.status() ?? null;
  }

  /** Finds a disk and makes it ready for reading and writing (Ganeti: backend._OpenRealBD). */
  async open(disk: Disk, instance: Instance): Promise<BlockDevice> {
    return failBare(() => this.#open(disk, instance));
  }

  /**
   * Opens an instance's disks, which must be assembled, and links to them (Ganeti: backend._GatherAndLinkBlockDevs).
   *
   * @throws BlockDeviceError
   */
  async gatherAndLink(instance: Instance): Promise<LinkedDisk[]> {
    const opened = await mapLimited(instance.disks_info, DISKS_AT_ONCE, async (disk) => ({
      disk,
      device: await this.#open(disk, instance),
    }));
    const linked: LinkedDisk[] = [];
    for (const [index, { disk, device }] of opened.entries()) {
      const prefix = 'Cannot create block device symlink';
      const linkPath = await this.#link(prefix, instance, index, device);
      linked.push({ disk, linkPath, devPath: device.devPath });
    }
    return linked;
  }

  async #open(disk: Disk, instance: Instance): Promise<BlockDevice> {
    const device = await this.#parts.templates.find(disk);
    if (device === undefined)
      throw new BlockDeviceError(`Block device '${nameOf(disk)}' is not set up.`);
    await device.open();
    refuseUserspaceAccess(disk, instance);
    return device;
  }

  async #link(
    failurePrefix: string,
    { name }: Instance,
    index: number,
    { devPath }: BlockDevice,
  ): Promise<string> {
    try {
      return await this.#parts.links.create(name, index, devPath);
    } catch (error) {
      throw new BlockDeviceError(`${failurePrefix}: ${errorReason(error)}`, { cause: error });
    }
  }

  /** Removes the links to an instance's disks; a failure is logged (Ganeti: backend._RemoveBlockDevLinks). */
  async removeLinks(instance: Instance): Promise<void> {
    for (const index of instance.disks_info.keys()) {
      try {
        await this.#parts.links.remove(instance.name, index);
      } catch (error) {
        const reason = errorReason(error);
        this.#parts.logger.error("can't remove symlink of a disk", {
          instance: instance.name,
          index,
          reason,
        });
      }
    }
  }

  async #noteOwner(
    { devPath }: BlockDevice,
    disk: Disk,
    owner: { owner: string; onPrimary: boolean },
  ): Promise<void> {
    await this.#parts.deviceCache.update(devPath, { ...owner, ivName: disk.iv_name });
  }
}
