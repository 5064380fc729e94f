import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import type { FileFacts } from '../../system/disk/look-at.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import type { FileStoragePaths } from './allowed-paths.js';

/**
 * The directories that disk files lie in, one for each instance.
 *
 * Deviation: Ganeti means to check their paths, but does not look at what the check says; we refuse a wrong one, with a
 * `FileStoragePathError`.
 */
export class FileStorageDirs {
  readonly #paths: FileStoragePaths;
  readonly #disks: DiskDoor;

  constructor({ paths, disks }: { paths: FileStoragePaths; disks: DiskDoor }) {
    this.#paths = paths;
    this.#disks = disks;
  }

  /** Makes the directory and those above it. Idempotent (Ganeti: backend.CreateFileStorageDir). */
  async create(directory: string): Promise<void> {
    const path = await this.#paths.accept(directory, { exactMatchOk: true });
    const kind = await this.#kindOf(path);
    if (kind !== undefined && kind !== 'directory')
      throw new RpcFailure(`Specified storage dir '${path}' is not a directory`);
    if (kind !== undefined) return;
    await failAs(RpcFailure, `Cannot create file storage directory '${path}'`, () =>
      this.#disks.run('makeStoreDirectory', { path }, path),
    );
  }

  /** Removes the directory if it is empty. Idempotent (Ganeti: backend.RemoveFileStorageDir). */
  async remove(directory: string): Promise<void> {
    const path = await this.#paths.accept(directory, { exactMatchOk: true });
    const kind = await this.#kindOf(path);
    if (kind === undefined) return;
    if (kind !== 'directory')
      throw new RpcFailure(`Specified Storage directory '${path}' is not a directory`);
    await failAs(RpcFailure, `Cannot remove file storage directory '${path}'`, () =>
      this.#disks.run('removeStoreDirectory', { path }, path),
    );
  }

  /**
   * Renames a directory. Idempotent (Ganeti: backend.RenameFileStorageDir).
   *
   * Deviation: an allowed directory itself can neither be renamed nor replaced.
   */
  async rename(oldDirectory: string, newDirectory: string): Promise<void> {
    const oldPath = await this.#paths.accept(oldDirectory);
    const newPath = await this.#paths.accept(newDirectory);
    const kind = await this.#kindOf(oldPath);
    const prefix = `Cannot rename '${oldPath}' to '${newPath}'`;
    if ((await this.#kindOf(newPath)) !== undefined) {
      if (kind !== undefined) throw new RpcFailure(`${prefix}: both locations exist`);
      return;
    }
    if (kind !== 'directory')
      throw new RpcFailure(`Specified storage dir '${oldPath}' is not a directory`);
    await failAs(RpcFailure, prefix, () =>
      this.#disks.run('renameStoreDirectory', { from: oldPath, to: newPath }, newPath),
    );
  }

  /** Undefined for nothing. */
  async #kindOf(path: string): Promise<FileFacts['kind'] | undefined> {
    const looking = this.#disks.run('lookAt', { path, followsLinks: true }, path);
    return (await ignoring(['ENOENT', 'ENOTDIR'], looking))?.kind;
  }
}
