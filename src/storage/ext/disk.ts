import { BlockDeviceError } from '../../base/errors.js';
import type { BlockDeviceStatus, Disk, LogicalId } from '../../generated/objects.js';
import type { CommandRunner } from '../../system/command/command.js';
import {
  BlockDevice,
  type DeviceNumbers,
  type GrowRequest,
  type SnapshotRequest,
  statusOf,
} from '../block-device.js';
import { blockDeviceNumbers, blockDeviceSizeBytes } from '../device-files.js';
import type { DiskTemplate } from '../disk-templates.js';
import { infoTag } from '../info-tag.js';
import type { ExtVolume } from './environment.js';
import type { ExtScripts } from './scripts.js';

/** What disks of external storage are made with. */
interface ExtTools {
  readonly scripts: ExtScripts;
  readonly commands: CommandRunner;
}

/** Disks that a provider of external storage keeps (Ganeti: extstorage.ExtStorageDevice). */
export class ExtDisks implements DiskTemplate {
  readonly #tools: ExtTools;

  constructor(tools: ExtTools) {
    this.#tools = tools;
  }

  async create(disk: Disk, sizeMiB: number, exclusiveStorage: boolean): Promise<BlockDevice> {
    const volume = volumeOf(disk.logical_id);
    if (exclusiveStorage)
      throw new BlockDeviceError('extstorage device requested with exclusive_storage');
    await this.#tools.scripts.run('create', volume, disk, { sizeMiB });
    return this.attach(disk);
  }

  /** Runs the provider's script, which maps the volume to a device unless it is mapped already. */
  async attach(disk: Disk): Promise<BlockDevice> {
    const volume = volumeOf(disk.logical_id);
    const [devPath = '', ...uris] = await this.#tools.scripts.attach(volume, disk);
    if (devPath === '' && uris.some((uri) => uri !== '')) throw userspaceOnly(volume);
    const numbers = devPath.startsWith('/') ? await blockDeviceNumbers(devPath) : undefined;
    return new ExtDisk(volume, disk, { devPath, numbers }, this.#tools);
  }
}

/** Deviation: Ganeti takes such a volume for hypervisors that open disks by themselves; a chroot needs a device. */
function userspaceOnly({ provider, name }: ExtVolume): BlockDeviceError {
  return new BlockDeviceError(
    `The '${provider}' ExtStorage provider has no block device for ${name}, and userspace access is not supported`,
  );
}

function volumeOf(logicalId: LogicalId): ExtVolume {
  const [provider, name] = logicalId;
  if (logicalId.length !== 2 || typeof provider !== 'string' || typeof name !== 'string')
    throw new BlockDeviceError(`Invalid configuration data ${JSON.stringify(logicalId)}`);
  return { provider, name };
}

/** A volume that is mapped to a block device of this node, if it is attached. */
class ExtDisk extends BlockDevice {
  readonly devPath: string;
  readonly logicalId: LogicalId;
  readonly #volume: ExtVolume;
  readonly #disk: Disk;
  readonly #numbers: DeviceNumbers | undefined;
  readonly #tools: ExtTools;

  constructor(
    volume: ExtVolume,
    disk: Disk,
    { devPath, numbers }: { devPath: string; numbers: DeviceNumbers | undefined },
    tools: ExtTools,
  ) {
    super();
    this.#volume = volume;
    this.#disk = disk;
    this.devPath = devPath;
    this.logicalId = disk.logical_id;
    this.#numbers = numbers;
    this.#tools = tools;
  }

  get attached(): boolean {
    return this.#numbers !== undefined;
  }

  async assemble(): Promise<void> {}

  open({ exclusive } = { exclusive: true }): Promise<void> {
    return this.#run('open', { exclusive });
  }

  close(): Promise<void> {
    return this.#run('close');
  }

  shutdown(): Promise<void> {
    return this.#run('detach');
  }

  async remove(): Promise<void> {
    await this.#run('detach');
    await this.#run('remove');
  }

  /** The provider knows the volume by a name that never changes. */
  async rename(): Promise<void> {}

  async grow({ amountMiB, isDryRun }: GrowRequest): Promise<void> {
    if (isDryRun) return;
    const { size: sizeMiB } = this.#disk;
    await this.#run('grow', { sizeMiB, newSizeMiB: sizeMiB + amountMiB });
  }

  setInfo(info: string): Promise<void> {
    return this.#run('setinfo', { metadata: infoTag(info) });
  }

  override async snapshot({ name, sizeMiB }: SnapshotRequest): Promise<LogicalId> {
    const snapshotName = name ?? `${this.#volume.name}.snap`;
    await this.#run('snapshot', { snapshotName, snapshotSizeMiB: sizeMiB ?? this.#disk.size });
    return [this.#volume.provider, snapshotName];
  }

  actualSizeBytes(): Promise<number> {
    return blockDeviceSizeBytes(this.#tools.commands, this.devPath);
  }

  override status(): BlockDeviceStatus {
    return statusOf(this.devPath, { numbers: this.#numbers ?? {} });
  }

  #run(...[action, details]: RunArguments): Promise<void> {
    return this.#tools.scripts.run(action, this.#volume, this.#disk, details);
  }
}

type RunArguments = [
  action: Parameters<ExtScripts['run']>[0],
  details?: Parameters<ExtScripts['run']>[3],
];
