import type { Logger } from 'winston';
import { BlockDeviceError } from '../../base/errors.js';
import type { Disk, LogicalId } from '../../generated/objects.js';
import type { CommandRunner } from '../../system/command/command.js';
import type { BlockDevice } from '../block-device.js';
import type { DiskTemplate } from '../disk-templates.js';
import { createVolume } from './create-volume.js';
import { LogicalVolume, type VolumeName } from './logical-volume.js';
import { checkLvmName } from './names.js';
import { LvmTools } from './tools.js';
import { readVolumeTable, type VolumeState } from './volume-table.js';

/** Disks that are logical volumes: the template `plain` (Ganeti: bdev.LogicalVolume). */
export class LogicalVolumes implements DiskTemplate {
  readonly #commands: CommandRunner;
  readonly #lvm: LvmTools;
  readonly #logger: Logger;
  readonly #table: () => Promise<ReadonlyMap<string, VolumeState>>;

  /** @param options `table` lists the volumes; LVM does, unless somebody knows better */
  constructor({
    commands,
    logger,
    table,
  }: {
    commands: CommandRunner;
    logger: Logger;
    table?: () => Promise<ReadonlyMap<string, VolumeState>>;
  }) {
    this.#commands = commands;
    this.#logger = logger;
    this.#lvm = new LvmTools({ commands });
    this.#table = table ?? (() => readVolumeTable(this.#lvm));
  }

  forMany(): LogicalVolumes {
    let table: Promise<ReadonlyMap<string, VolumeState>> | undefined;
    return new LogicalVolumes({
      commands: this.#commands,
      logger: this.#logger,
      table: () => (table ??= this.#table()),
    });
  }

  async create(disk: Disk, sizeMiB: number, exclusiveStorage: boolean): Promise<BlockDevice> {
    const { group, volume: name } = nameOf(disk.logical_id);
    await createVolume(this.#lvm, disk, { group, name, sizeMiB, exclusiveStorage }, this.#logger);
    return this.attach(disk);
  }

  async attach(disk: Disk): Promise<BlockDevice> {
    const name = nameOf(disk.logical_id);
    const state = (await this.#table()).get(`${name.group}/${name.volume}`);
    return new LogicalVolume(name, {
      state,
      sizeMiB: disk.size,
      lvm: this.#lvm,
      commands: this.#commands,
    });
  }
}

function nameOf(logicalId: LogicalId): VolumeName {
  const [group, volume] = logicalId;
  if (logicalId.length !== 2 || typeof group !== 'string' || typeof volume !== 'string')
    throw new BlockDeviceError(`Invalid configuration data ${JSON.stringify(logicalId)}`);
  checkLvmName(group);
  checkLvmName(volume);
  return { group, volume };
}
