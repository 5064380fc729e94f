import { BlockDeviceError } from '../../base/errors.js';
import type { BlockDeviceStatus, LogicalId } from '../../generated/objects.js';
import type { CommandRunner } from '../../system/command/command.js';
import { BlockDevice, type GrowRequest, type SnapshotRequest, statusOf } from '../block-device.js';
import { blockDeviceSizeBytes } from '../device-files.js';
import { infoTag } from '../info-tag.js';
import { growVolume } from './grow-volume.js';
import { checkLvmName } from './names.js';
import type { LvmTools } from './tools.js';
import { groupSpace } from './volume-groups.js';
import { readVolumeTable, type VolumeState } from './volume-table.js';

export interface VolumeName {
  readonly group: string;
  readonly volume: string;
}

/** A disk that is a logical volume. */
export class LogicalVolume extends BlockDevice {
  readonly #group: string;
  #volume: string;
  readonly #state: VolumeState | undefined;
  readonly #sizeMiB: number;
  readonly #lvm: LvmTools;
  readonly #commands: CommandRunner;

  constructor(
    { group, volume }: VolumeName,
    {
      state,
      sizeMiB,
      lvm,
      commands,
    }: {
      state: VolumeState | undefined;
      sizeMiB: number;
      lvm: LvmTools;
      commands: CommandRunner;
    },
  ) {
    super();
    this.#group = group;
    this.#volume = volume;
    this.#state = state;
    this.#sizeMiB = sizeMiB;
    this.#lvm = lvm;
    this.#commands = commands;
  }

  get devPath(): string {
    return `/dev/${this.#group}/${this.#volume}`;
  }

  get logicalId(): LogicalId {
    return [this.#group, this.#volume];
  }

  get attached(): boolean {
    return this.#state !== undefined;
  }

  /** Always, also when the volume seems active: after a boot it may not be. */
  async assemble(): Promise<void> {
    await this.#lvm.runFor(`Can't activate lv ${this.devPath}`, ['lvchange', '-ay', this.devPath]);
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  /** Volumes stay active. */
  async shutdown(): Promise<void> {}

  async remove(): Promise<void> {
    const name = `${this.#group}/${this.#volume}`;
    // It may have gone since the disk was looked for: an earlier attempt was cut off.
    if (!(await readVolumeTable(this.#lvm)).has(name)) return;
    await this.#lvm.runFor("Can't lvremove", ['lvremove', '-f', name]);
  }

  async rename(newId: LogicalId): Promise<void> {
    const [group, volume] = newId;
    if (newId.length !== 2 || typeof group !== 'string' || typeof volume !== 'string')
      throw new BlockDeviceError(`Invalid new logical id '${JSON.stringify(newId)}'`);
    if (group !== this.#group)
      throw new BlockDeviceError(
        `Can't move a logical volume across volume groups (from ${this.#group} to ${group})`,
      );
    checkLvmName(volume);
    const argv = ['lvrename', group, this.#volume, volume] as const;
    await this.#lvm.runFor('Failed to rename the logical volume', argv);
    this.#volume = volume;
  }

  async grow(request: GrowRequest): Promise<void> {
    if (this.#state === undefined) throw new BlockDeviceError("Can't attach to LV during Grow()");
    const { devPath } = this;
    await growVolume(this.#lvm, { group: this.#group, devPath, ...this.#state }, request);
  }

  /** Takes the place of an older snapshot of the same name (Ganeti: LogicalVolume.Snapshot). */
  override async snapshot({ name, sizeMiB }: SnapshotRequest): Promise<LogicalId> {
    const snapshot = name ?? `${this.#volume}.snap`;
    checkLvmName(snapshot);
    const size = sizeMiB ?? this.#sizeMiB;
    await this.#removeSnapshot(snapshot);
    await this.#checkRoom(size);
    const argv = ['lvcreate', `-L${size}m`, '-s', `-n${snapshot}`, this.devPath] as const;
    await this.#lvm.runFor("Can't create the snapshot", argv);
    return [this.#group, snapshot];
  }

  /**
   * Deviation: Ganeti removes whatever has the name of the snapshot, be it the disk of another instance; and it goes on
   * when that cannot be removed.
   */
  async #removeSnapshot(snapshot: string): Promise<void> {
    const name = `${this.#group}/${snapshot}`;
    const fields = ['vg_name', 'lv_name', 'origin'] as const;
    const rows = await this.#lvm.reportFor("Can't list logical volumes", 'lvs', fields);
    const existing = rows.find((row) => `${row.vg_name}/${row.lv_name}` === name);
    if (existing === undefined) return;
    if (existing.origin !== this.#volume)
      throw new BlockDeviceError(`${name} exists and is no snapshot of ${this.#volume}`);
    await this.#lvm.runFor("Can't lvremove", ['lvremove', '-f', name]);
  }

  async #checkRoom(sizeMiB: number): Promise<void> {
    const space = await groupSpace(this.#lvm, this.#group, false);
    if (space === undefined)
      throw new BlockDeviceError(`Can't compute VG info for vg ${this.#group}`);
    if (space.freeMiB < sizeMiB)
      throw new BlockDeviceError(
        `Not enough free space: required ${sizeMiB}, available ${space.freeMiB}`,
      );
  }

  /** Keeps the note as the volume's only tag (Ganeti: LogicalVolume.SetInfo). */
  async setInfo(info: string): Promise<void> {
    const { devPath } = this;
    const argv = ['lvs', '-o', 'tags', '--noheadings', '--nosuffix', devPath] as const;
    const tags = (await this.#lvm.runFor("Can't read the tags", argv)).trim();
    for (const tag of tags === '' ? [] : tags.split(','))
      await this.#lvm.runFor("Can't remove a tag", ['lvchange', '--deltag', tag.trim(), devPath]);
    await this.#lvm.runFor("Can't add a tag", ['lvchange', '--addtag', infoTag(info), devPath]);
  }

  actualSizeBytes(): Promise<number> {
    return blockDeviceSizeBytes(this.#commands, this.devPath);
  }

  override actualSpindles(): Promise<number | null> {
    return Promise.resolve(this.#state?.pvNames.length ?? null);
  }

  /** A volume with nothing behind it has lost its data. */
  override status(): BlockDeviceStatus {
    const { major, minor, isVirtual = true } = this.#state ?? {};
    const numbers = major === undefined || minor === undefined ? {} : { major, minor };
    return statusOf(this.devPath, { isFaulty: isVirtual, numbers });
  }
}
