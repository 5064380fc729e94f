import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import type { CommandRunner } from '../../system/command/command.js';
import type { MountTable } from '../../system/proc/mount-table.js';
import type { FileStoragePaths } from '../file/allowed-paths.js';
import { fileSystemSpace, nearestMiB } from './file-system-space.js';
import type { FileSystemSpace } from './local-space.js';
import { type FieldValue, type StorageContainer, unknownField } from './storage-container.js';

/** How each field of a directory is found out. */
interface Directory {
  readonly path: string;
  space(): Promise<FileSystemSpace>;
}
const FIELDS = new Map<string, (directory: Directory) => Promise<FieldValue> | FieldValue>([
  ['name', ({ path }) => path],
  ['size', async (directory) => nearestMiB((await directory.space()).sizeBytes)],
  ['free', async (directory) => nearestMiB((await directory.space()).freeBytes)],
  ['used', async ({ path }) => nearestMiB(await directorySizeBytes(path))],
  ['allocatable', () => true],
]);

export interface FileContainerParts {
  readonly directories: readonly string[];
  readonly paths: FileStoragePaths;
  readonly commands: CommandRunner;
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
      const directory = { path, space: () => (space ??= this.#space(path)) };
      values.push(await failAs(RpcFailure, `Can't read '${path}'`, () => valueOf(directory)));
    }
    return values;
  }

  #space(path: string): Promise<FileSystemSpace> {
    return fileSystemSpace(this.#parts.commands, path, this.#parts.mountTable);
  }
}

/** What the files below a directory hold together; links are not followed (Ganeti: utils.CalculateDirectorySize). */
async function directorySizeBytes(path: string): Promise<number> {
  let size = 0;
  const directories = [path];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const entries = (await ignoring(['ENOENT'], readdir(directory, { withFileTypes: true }))) ?? [];
    for (const entry of entries) {
      const inside = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(inside);
      else size += (await ignoring(['ENOENT'], lstat(inside)))?.size ?? 0;
    }
  }
  return size;
}
