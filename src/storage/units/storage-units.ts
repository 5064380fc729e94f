import { RpcFailure } from '../../base/errors.js';
import type { CommandRunner } from '../../system/command/command.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import type { MountTable } from '../../system/proc/mount-table.js';
import type { FileStoragePaths } from '../file/allowed-paths.js';
import { LvmTools } from '../lvm/tools.js';
import { FileContainer } from './file-container.js';
import { PhysicalVolumeContainer, VolumeGroupContainer } from './lvm-container.js';
import {
  type FieldValue,
  type StorageContainer,
  unknownOperation,
  unmodifiable,
} from './storage-container.js';

/** What `gnt-node` lists, modifies and repairs (Ganeti: container.GetStorage). */
export class StorageUnits {
  readonly #paths: FileStoragePaths;
  readonly #commands: CommandRunner;
  readonly #disks: DiskDoor;
  readonly #mountTable: Pick<MountTable, 'read'>;
  readonly #lvm: LvmTools;

  constructor({
    paths,
    commands,
    disks,
    mountTable,
  }: {
    paths: FileStoragePaths;
    commands: CommandRunner;
    disks: DiskDoor;
    mountTable: Pick<MountTable, 'read'>;
  }) {
    this.#paths = paths;
    this.#commands = commands;
    this.#disks = disks;
    this.#mountTable = mountTable;
    this.#lvm = new LvmTools({ commands });
  }

  /** @throws RpcFailure, FileStoragePathError */
  async list(
    type: string,
    args: readonly unknown[],
    name: string | null,
    fields: readonly string[],
  ): Promise<FieldValue[][]> {
    return this.#container(type, args).list(name, fields);
  }

  /** @throws RpcFailure */
  async modify(
    type: string,
    args: readonly unknown[],
    name: string,
    changes: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const container = this.#container(type, args);
    const fields = Object.keys(changes);
    if (container.modify !== undefined) await container.modify(name, changes);
    else if (fields.length > 0) throw unmodifiable(fields);
  }

  /** @throws RpcFailure */
  async execute(
    type: string,
    args: readonly unknown[],
    name: string,
    operation: string,
  ): Promise<void> {
    const container = this.#container(type, args);
    if (container.execute === undefined) throw unknownOperation(operation);
    await container.execute(name, operation);
  }

  #container(type: string, args: readonly unknown[]): StorageContainer {
    switch (type) {
      case 'file':
      case 'sharedfile':
        return new FileContainer({
          directories: directoriesOf(args),
          paths: this.#paths,
          commands: this.#commands,
          disks: this.#disks,
          mountTable: this.#mountTable,
        });
      case 'lvm-pv':
        return new PhysicalVolumeContainer({ lvm: this.#lvm });
      case 'lvm-vg':
        return new VolumeGroupContainer({ lvm: this.#lvm });
      default:
        throw new RpcFailure(`Unknown storage type: '${type}'`);
    }
  }
}

function directoriesOf([directories]: readonly unknown[]): string[] {
  if (Array.isArray(directories) && directories.every((directory) => typeof directory === 'string'))
    return directories;
  throw new RpcFailure('File storage is listed by directories, and there are none');
}
