import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import type { CommandRunner } from '../../system/command/command.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import type { MountTable } from '../../system/proc/mount-table.js';
import type { FileStoragePaths } from '../file/allowed-paths.js';
import { fileSystemSpace, nearestMiB } from './file-system-space.js';
import type { FileSystemSpace } from './local-space.js';
import { type FieldValue, type StorageContainer, unknownField } from './storage-container.js';

/** How each field of a directory is found out. */
interface Directory {
  readonly path: string;
  space(): Promise<FileSystemSpace>;
  usedBytes(): Promise<number>;
}
const FIELDS = new Map<string, (directory: Directory) => Promise<FieldValue> | FieldValue>([
  ['name', ({ path }) => path],
  ['size', async (directory) => nearestMiB((await directory.space()).sizeBytes)],
  ['free', async (directory) => nearestMiB((await directory.space()).freeBytes)],
  ['used', async (directory) => nearestMiB(await directory.usedBytes())],
  ['allocatable', () => true],
]);

export interface FileContainerParts {
  readonly directories: readonly string[];
  readonly paths: FileStoragePaths;
  readonly commands: CommandRunner;
  readonly disks: DiskDoor;
  readonly mountTable: Pick<MountTable, 'read'>;
}

/**
 * Directories for disk files (Ganeti: container.FileStorage).
 *
 * Deviation: only directories that the node allows for file storage are looked at.
 */
export class FileContainer implements StorageContainer {
  readonly #parts: FileContainerParts;

  constructor(parts: FileContainerParts) {
    this.#parts = parts;
  }

  async list(name: string | null, fields: readonly string[]): Promise<FieldValue[][]> {
    const rows: FieldValue[][] = [];
    for (const directory of name === null ? this.#parts.directories : [name])
      rows.push(await this.#row(directory, fields));
    return rows;
  }

  async #row(name: string, fields: readonly string[]): Promise<FieldValue[]> {
    const path = await this.#parts.paths.accept(name, { exactMatchOk: true });
    let space: Promise<FileSystemSpace> | undefined;
    const values: FieldValue[] = [];
    for (const field of fields) {
      const valueOf = FIELDS.get(field);
      if (valueOf === undefined) throw unknownField(field);
      const directory = {
        path,
        space: () => (space ??= this.#space(path)),
        usedBytes: () => this.#parts.disks.run('directorySizeBytes', { path }, path),
      };
      values.push(await failAs(RpcFailure, `Can't read '${path}'`, () => valueOf(directory)));
    }
    return values;
  }

  #space(path: string): Promise<FileSystemSpace> {
    return fileSystemSpace(this.#parts.commands, path, this.#parts.mountTable);
  }
}
