import { isAbsolute, normalize } from 'node:path';
import { errorReason, ignoring } from '../../base/errno.js';
import { FileStoragePathError } from '../../base/errors.js';
import { failAs, translate } from '../../base/translate.js';
import { readIfExists } from '../../system/file/files.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import { HelperError } from '../../system/helper/failures.js';

/** Ganeti: filestorage._GetForbiddenFileStoragePaths */
const FORBIDDEN_PATHS = [
  ...['/boot', '/dev', '/etc', '/home', '/proc', '/root', '/sys'],
  ...['', '/usr', '/usr/local'].flatMap((prefix) =>
    ['bin', 'lib', 'lib32', 'lib64', 'sbin'].map((name) => `${prefix}/${name}`),
  ),
];

/**
 * Which paths may be used for file storage: those below the directories that the node's administrator has listed in a file.
 *
 * Ganeti: filestorage.CheckFileStoragePathAcceptance. Deviation: a path that leads out of these directories through a
 * symbolic link is refused too. Only root may be able to write to the directories: what is checked here is used a moment
 * later.
 */
export class FileStoragePaths {
  readonly #allowedPathsFile: string;
  readonly #disks: DiskDoor;

  constructor({ allowedPathsFile, disks }: { allowedPathsFile: string; disks: DiskDoor }) {
    this.#allowedPathsFile = allowedPathsFile;
    this.#disks = disks;
  }

  /**
   * Checks that `path` may be used, and returns it normalised: what is to be used in its place.
   *
   * @param exactMatchOk whether an allowed directory itself will do, not only what is below it
   * @throws FileStoragePathError
   */
  async accept(path: string, { exactMatchOk = false } = {}): Promise<string> {
    const allowed = await this.#readAllowed();
    checkForm(path);
    const normalised = normalise(path);
    const matches = exactMatchOk ? isSameOrBelow : isBelow;
    const near = allowed.filter((directory) => matches(directory, normalised));
    if (near.length === 0) throw notAcceptable(path);
    const real = await this.#realPath(normalised);
    // The others may lie on a file system that does not answer, which is no concern of most paths.
    for (const directories of [near, allowed])
      if ((await this.#realPaths(directories)).some((directory) => matches(directory, real)))
        return normalised;
    throw new FileStoragePathError(
      `Path '${path}' leads out of the directories for file storage, to '${real}'`,
    );
  }

  /** Directories of the list that should not be on it (Ganeti: filestorage.ComputeWrongFileStoragePaths). */
  async wrongDirectories(): Promise<string[]> {
    const directories = (await this.#readLines()).map(normalise);
    return directories
      .filter((directory) => !isAbsolute(directory) || isForbidden(directory))
      .sort(byNumber);
  }

  /**
   * Checks that `path` is an allowed directory that can be written to (Ganeti: filestorage.CheckFileStoragePath).
   *
   * @throws FileStoragePathError
   */
  async checkUsable(path: string): Promise<void> {
    const directory = await this.accept(path, { exactMatchOk: true });
    const found = await failAs(FileStoragePathError, `Path '${path}'`, () =>
      ignoring(
        ['ENOENT', 'ENOTDIR'],
        this.#disks.run('lookAt', { path: directory, followsLinks: true }, directory),
      ),
    );
    if (found?.kind !== 'directory')
      throw new FileStoragePathError(`Path '${path}' is not existing or not a directory.`);
    if (!(await this.#disks.run('isWritable', { path: directory }, directory)))
      throw new FileStoragePathError(`Path '${path}' is not writable`);
  }

  /** Where the directories are, but for those that cannot be resolved: one bad line spoils nothing. */
  async #realPaths(directories: readonly string[]): Promise<string[]> {
    const results = await Promise.allSettled(directories.map((path) => this.#realPath(path)));
    return results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  }

  /** Where `path` leads: all that exists of it resolved, and the rest as it is. */
  async #realPath(path: string): Promise<string> {
    const resolution = await translate(
      Error,
      (error) =>
        error instanceof HelperError
          ? error
          : new FileStoragePathError(
              `Path '${(error as NodeJS.ErrnoException).path ?? path}' cannot be resolved: ${errorReason(error)}`,
              { cause: error },
            ),
      () => this.#disks.run('resolveNewPath', { path }, path),
    );
    if ('real' in resolution) return resolution.real;
    throw new FileStoragePathError(`Path '${resolution.brokenLink}' is a broken symbolic link`);
  }

  async #readAllowed(): Promise<string[]> {
    const allowed = await this.#readLines();
    if (allowed.length === 0)
      throw new FileStoragePathError(
        `No paths are valid or path file '${this.#allowedPathsFile}' was not accessible.`,
      );
    return allowed.filter((directory) => isAbsolute(directory)).map(normalise);
  }

  async #readLines(): Promise<string[]> {
    const unreadable = ['EACCES', 'EISDIR', 'ELOOP', 'ENOTDIR'];
    const text = (await ignoring(unreadable, readIfExists(this.#allowedPathsFile))) ?? '';
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  }
}

function checkForm(path: string): void {
  // Deviation: Ganeti calls a relative path forbidden before it can say what is wrong with it.
  if (!isAbsolute(path))
    throw new FileStoragePathError(`File storage path must be absolute, got '${path}'`);
  if (path.includes('\0')) throw notAcceptable(path);
  if (isForbidden(normalise(path)))
    throw new FileStoragePathError(`Path '${path}' uses a forbidden prefix`);
}

function isForbidden(path: string): boolean {
  return FORBIDDEN_PATHS.some((prefix) => isSameOrBelow(prefix, path));
}

/** Numbers in names count as numbers (Ganeti: utils.NiceSort). */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

function notAcceptable(path: string): FileStoragePathError {
  return new FileStoragePathError(`Path '${path}' is not acceptable for file storage`);
}

function normalise(path: string): string {
  const normalised = normalize(path);
  return normalised.length > 1 ? normalised.replace(/\/$/, '') : normalised;
}

/** Both normalised (Ganeti: utils.IsBelowDir). */
function isBelow(directory: string, path: string): boolean {
  return path !== '/' && path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function isSameOrBelow(directory: string, path: string): boolean {
  return directory === path || isBelow(directory, path);
}
