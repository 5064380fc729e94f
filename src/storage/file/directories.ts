import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import { makeDirectory, removeDirectory, syncDirectory } from '../../system/file/directories.js';
import { removeTemporaries } from '../../system/file/files.js';
import { renameToFree } from '../../system/file/rename-to-free.js';
import type { FileStoragePaths } from './allowed-paths.js';

const DIRECTORY_MODE = 0o750;

/**
 * The directories that disk files lie in, one for each instance.
 *
 * Deviation: Ganeti means to check their paths, but does not look at what the check says; we refuse a wrong one, with a
 * `FileStoragePathError`.
 */
export class FileStorageDirs {
  readonly #paths: FileStoragePaths;

  constructor({ paths }: { paths: FileStoragePaths }) {
    this.#paths = paths;
  }

  /** Makes the directory and those above it. Idempotent (Ganeti: backend.CreateFileStorageDir). */
  async create(directory: string): Promise<void> {
    const path = await this.#paths.accept(directory, { exactMatchOk: true });
    const stats = await statIfExists(path);
    if (stats?.isDirectory() === false)
      throw new RpcFailure(`Specified storage dir '${path}' is not a directory`);
    if (stats !== undefined) return;
    await failAs(RpcFailure, `Cannot create file storage directory '${path}'`, async () => {
      await syncNew(path, await makeDirectory(path, DIRECTORY_MODE));
    });
  }

  /** Removes the directory if it is empty. Idempotent (Ganeti: backend.RemoveFileStorageDir). */
  async remove(directory: string): Promise<void> {
    const path = await this.#paths.accept(directory, { exactMatchOk: true });
    const stats = await statIfExists(path);
    if (stats?.isDirectory() === false)
      throw new RpcFailure(`Specified Storage directory '${path}' is not a directory`);
    if (stats === undefined) return;
    await failAs(RpcFailure, `Cannot remove file storage directory '${path}'`, async () => {
      // A disk that is only half made is no disk: it is of a daemon that was killed.
      await removeTemporaries(path);
      await removeDirectory(path);
      await syncDirectory(dirname(path));
    });
  }

  /**
   * Renames a directory. Idempotent (Ganeti: backend.RenameFileStorageDir).
   *
   * Deviation: an allowed directory itself can neither be renamed nor replaced.
   */
  async rename(oldDirectory: string, newDirectory: string): Promise<void> {
    const oldPath = await this.#paths.accept(oldDirectory);
    const newPath = await this.#paths.accept(newDirectory);
    const stats = await statIfExists(oldPath);
    const prefix = `Cannot rename '${oldPath}' to '${newPath}'`;
    if ((await statIfExists(newPath)) !== undefined) {
      if (stats !== undefined) throw new RpcFailure(`${prefix}: both locations exist`);
      return;
    }
    if (stats?.isDirectory() !== true)
      throw new RpcFailure(`Specified storage dir '${oldPath}' is not a directory`);
    await failAs(RpcFailure, prefix, async () => {
      await renameToFree(oldPath, newPath);
      for (const directory of new Set([newPath, oldPath].map(dirname)))
        await syncDirectory(directory);
    });
  }
}

function statIfExists(path: string): Promise<Stats | undefined> {
  return ignoring(['ENOENT', 'ENOTDIR'], stat(path));
}

/** Makes the new directories from `path` up to the `topmost` survive a power failure. */
async function syncNew(path: string, topmost: string | undefined): Promise<void> {
  if (topmost === undefined) return;
  for (let directory = path; directory.length >= topmost.length; directory = dirname(directory))
    await syncDirectory(dirname(directory));
}
