import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorReason, ignoring } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { withRollback } from '../../base/rollback.js';
import { failAs } from '../../base/translate.js';
import { BYTES_PER_MIB } from '../../base/units.js';
import type { Disk, LogicalId } from '../../generated/objects.js';
import type { DiskUsers } from '../../system/device/disk-users.js';
import { syncDirectory } from '../../system/file/directories.js';
import { removeIfExists, steadyTemporaryName } from '../../system/file/files.js';
import { renameToFree } from '../../system/file/rename-to-free.js';
import { stepDone } from '../../system/kernel/steps.js';
import { BlockDevice, type GrowRequest } from '../block-device.js';
import type { DiskTemplate } from '../disk-templates.js';
import type { FileStoragePaths } from './allowed-paths.js';

export interface FileDisksParts {
  readonly paths: FileStoragePaths;
  readonly users: Pick<DiskUsers, 'of'>;
}

/** Disks that are files, of the node's own or shared with others (Ganeti: filestorage.FileStorage). */
export class FileDisks implements DiskTemplate {
  readonly #parts: FileDisksParts;

  constructor(parts: FileDisksParts) {
    this.#parts = parts;
  }

  async create(disk: Disk, sizeMiB: number, exclusiveStorage: boolean): Promise<FileDisk> {
    if (exclusiveStorage)
      throw new BlockDeviceError('File device requested with exclusive_storage');
    const path = await this.#path(disk);
    await createFile(path, sizeMiB);
    return new FileDisk(path, disk.logical_id, true, this.#parts);
  }

  async attach(disk: Disk): Promise<FileDisk> {
    const path = await this.#path(disk);
    const isThere = (await statFile(path)) !== undefined;
    return new FileDisk(path, disk.logical_id, isThere, this.#parts);
  }

  async #path({ logical_id: logicalId, children }: Disk): Promise<string> {
    if ((children ?? []).length > 0) throw new BlockDeviceError('Invalid setup for file device');
    return this.#parts.paths.accept(pathOf(logicalId));
  }
}

function pathOf(logicalId: LogicalId): string {
  const [driver, path] = logicalId;
  if (logicalId.length !== 2 || typeof driver !== 'string' || typeof path !== 'string')
    throw new BlockDeviceError(`Invalid configuration data ${JSON.stringify(logicalId)}`);
  return path;
}

/** A disk that is a regular file; there is nothing to set up for it but the file. */
class FileDisk extends BlockDevice {
  readonly attached: boolean;
  readonly #parts: FileDisksParts;
  #path: string;
  #logicalId: LogicalId;

  constructor(path: string, logicalId: LogicalId, attached: boolean, parts: FileDisksParts) {
    super();
    this.#path = path;
    this.#logicalId = logicalId;
    this.attached = attached;
    this.#parts = parts;
  }

  get devPath(): string {
    return this.#path;
  }

  get logicalId(): LogicalId {
    return this.#logicalId;
  }

  async assemble(): Promise<void> {
    await this.#stat();
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async shutdown(): Promise<void> {}

  async setInfo(): Promise<void> {}

  /** Deviation: in Ganeti a disk that is in use loses its name, and goes on taking its space. */
  async remove(): Promise<void> {
    if ((await statFile(this.devPath)) === undefined) return;
    const users = await this.#parts.users.of(this.devPath);
    if (users.length > 0)
      throw new BlockDeviceError(`${this.devPath}: can't remove: in use by ${users.join(', ')}`);
    await failAs(BlockDeviceError, `${this.devPath}: can't remove`, async () => {
      // Of a daemon that was killed while it made the disk: it may be another name of the same file.
      await removeIfExists(steadyTemporaryName(this.devPath));
      await removeIfExists(this.devPath);
      await syncDirectory(dirname(this.devPath));
    });
  }

  /** Deviation: Ganeti puts it in the place of another disk that has the new path. */
  async rename(newId: LogicalId): Promise<void> {
    const newPath = await this.#parts.paths.accept(pathOf(newId));
    await this.#stat();
    await failAs(BlockDeviceError, `${this.#path}: can't rename to ${newPath}`, async () => {
      await renameToFree(this.#path, newPath);
      for (const directory of new Set([newPath, this.#path].map(dirname)))
        await syncDirectory(directory);
    });
    this.#path = newPath;
    this.#logicalId = newId;
  }

  /** Deviation: in Ganeti a disk may have grown although it says that it could not. */
  async grow({ amountMiB, isDryRun }: GrowRequest): Promise<void> {
    const { size } = await this.#stat();
    if (amountMiB < 0) throw new BlockDeviceError(`${this.#path}: can't grow by negative amount`);
    if (isDryRun) return;
    await failAs(BlockDeviceError, `${this.#path}: can't grow`, async () => {
      const file = await open(this.#path, constants.O_RDWR | constants.O_NOFOLLOW);
      await setSize(file, size + amountMiB * BYTES_PER_MIB, this.#path);
    });
  }

  async actualSizeBytes(): Promise<number> {
    return (await this.#stat()).size;
  }

  async #stat(): Promise<Stats> {
    const stats = await statFile(this.devPath);
    if (stats === undefined) throw new BlockDeviceError(`${this.devPath}: No such file`);
    return stats;
  }
}

/**
 * What is at `path`, or undefined when nothing is there.
 *
 * Deviation: Ganeti follows links, and says of what is no file that it does not exist.
 */
async function statFile(path: string): Promise<Stats | undefined> {
  const stats = await failAs(BlockDeviceError, `${path}: can't stat`, () =>
    ignoring(['ENOENT', 'ENOTDIR'], lstat(path)),
  );
  if (stats?.isFile() === false) throw new BlockDeviceError(`${path}: not a regular file`);
  return stats;
}

/**
 * Makes a file of nothing but a hole, which has its full size from the first moment; and is there after a power failure
 * too, or not at all.
 *
 * Deviation: in Ganeti it is empty at first, and stays so when the daemon is killed then.
 */
async function createFile(path: string, sizeMiB: number): Promise<void> {
  const leftovers: string[] = [];
  try {
    await withRollback(
      async (rollback) => {
        const temporary = steadyTemporaryName(path);
        await removeIfExists(temporary);
        const file = await open(temporary, 'wx+', 0o600);
        rollback.add(temporary, () => removeIfExists(temporary));
        stepDone('new file made', path);
        await setSize(file, sizeMiB * BYTES_PER_MIB, temporary);
        await renameToFree(temporary, path);
        rollback.add(path, () => removeIfExists(path));
        await syncDirectory(dirname(path));
      },
      (what) => leftovers.push(what),
    );
  } catch (error) {
    const left = leftovers.length > 0 ? ' (and it could not be removed again)' : '';
    throw new BlockDeviceError(`${path}: can't create: ${errorReason(error)}${left}`, {
      cause: error,
    });
  }
}

/** Gives the file its new size for good, and closes it; after a failure it has the old one. */
async function setSize(file: FileHandle, sizeBytes: number, path: string): Promise<void> {
  try {
    const { size: oldBytes } = await file.stat();
    await file.truncate(sizeBytes);
    stepDone('file resized', path);
    try {
      await file.sync();
    } catch (error) {
      await file.truncate(oldBytes);
      throw error;
    }
  } finally {
    await file.close();
  }
}
