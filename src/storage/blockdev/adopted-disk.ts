import { realpath } from 'node:fs/promises';
import { normalize } from 'node:path';
import { errorReason, ignoring } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import type { BlockDeviceStatus, Disk, LogicalId } from '../../generated/objects.js';
import type { CommandRunner } from '../../system/command/command.js';
import { BlockDevice, type DeviceNumbers, statusOf } from '../block-device.js';
import { blockDeviceNumbers, blockDeviceSizeBytes } from '../device-files.js';
import type { DiskTemplate } from '../disk-templates.js';

/** Ganeti: constants.BLOCKDEV_DRIVER_MANUAL */
const DRIVER = 'manual';

/** Block devices that an administrator has made and Ganeti only uses (Ganeti: bdev.PersistentBlockDevice). */
export class AdoptedDisks implements DiskTemplate {
  readonly #commands: CommandRunner;

  constructor({ commands }: { commands: CommandRunner }) {
    this.#commands = commands;
  }

  /**
   * Makes nothing: the device must be there.
   *
   * Deviation: Ganeti does not look whether it is.
   */
  async create(disk: Disk, _sizeMiB: number, exclusiveStorage: boolean): Promise<BlockDevice> {
    if (exclusiveStorage)
      throw new BlockDeviceError('Persistent block device requested with exclusive_storage');
    const device = await this.attach(disk);
    if (!device.attached) throw new BlockDeviceError(`${device.devPath} is not a block device`);
    return device;
  }

  async attach({ logical_id: logicalId }: Disk): Promise<BlockDevice> {
    const path = pathOf(logicalId);
    await checkInDev(path);
    return new AdoptedDisk(path, logicalId, await blockDeviceNumbers(path), this.#commands);
  }
}

function pathOf(logicalId: LogicalId): string {
  const [driver, path] = logicalId;
  if (logicalId.length !== 2 || typeof path !== 'string' || path.includes('\0'))
    throw new BlockDeviceError(`Invalid configuration data ${JSON.stringify(logicalId)}`);
  if (driver !== DRIVER)
    throw new BlockDeviceError(
      `Got persistent block device of invalid type: ${JSON.stringify(driver)}`,
    );
  return path;
}

/** Checks where the device really is; one that is missing is not attached, and nobody uses its path. */
async function checkInDev(path: string): Promise<void> {
  try {
    const real =
      (await ignoring(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'], realpath(path))) ?? normalize(path);
    if (!real.startsWith('/dev/'))
      throw new BlockDeviceError(`Full path '${real}' lies outside /dev`);
  } catch (error) {
    if (error instanceof BlockDeviceError) throw error;
    throw new BlockDeviceError(`${path}: can't resolve: ${errorReason(error)}`, { cause: error });
  }
}

/** The device and what is on it belong to somebody else: nothing of it is ever changed. */
class AdoptedDisk extends BlockDevice {
  readonly devPath: string;
  readonly logicalId: LogicalId;
  readonly #numbers: DeviceNumbers | undefined;
  readonly #commands: CommandRunner;

  constructor(
    path: string,
    logicalId: LogicalId,
    numbers: DeviceNumbers | undefined,
    commands: CommandRunner,
  ) {
    super();
    this.devPath = path;
    this.logicalId = logicalId;
    this.#numbers = numbers;
    this.#commands = commands;
  }

  get attached(): boolean {
    return this.#numbers !== undefined;
  }

  async assemble(): Promise<void> {}

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async shutdown(): Promise<void> {}

  async remove(): Promise<void> {}

  async setInfo(): Promise<void> {}

  rename(): Promise<void> {
    return notSupported('Rename is not supported for PersistentBlockDev storage');
  }

  grow(): Promise<void> {
    return notSupported('Grow is not supported for PersistentBlockDev storage');
  }

  actualSizeBytes(): Promise<number> {
    return blockDeviceSizeBytes(this.#commands, this.devPath);
  }

  override checkImport(): void {
    throw new BlockDeviceError(
      'Importing data is not supported for the PersistentBlockDevice template',
    );
  }

  override status(): BlockDeviceStatus {
    return statusOf(this.devPath, { numbers: this.#numbers ?? {} });
  }
}

function notSupported(message: string): Promise<never> {
  return Promise.reject(new BlockDeviceError(message));
}
