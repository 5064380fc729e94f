import { errorReason, ignoring } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import { BYTES_PER_MIB } from '../../base/units.js';
import type { Disk, LogicalId } from '../../generated/objects.js';
import type { DiskUsers } from '../../system/disk/disk-users.js';
import type { ImageLeft } from '../../system/disk/image-files.js';
import type { FileFacts } from '../../system/disk/look-at.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import { BlockDevice, type GrowRequest } from '../block-device.js';
import type { DiskTemplate } from '../disk-templates.js';
import type { FileStoragePaths } from './allowed-paths.js';

/** What disks that are files are made with. */
interface FileTools {
  readonly paths: FileStoragePaths;
  readonly disks: DiskDoor;
  readonly users: Pick<DiskUsers, 'of'>;
}

/** Disks that are files, of the node's own or shared with others (Ganeti: filestorage.FileStorage). */
export class FileDisks implements DiskTemplate {
  readonly #tools: FileTools;

  constructor(tools: FileTools) {
    this.#tools = tools;
  }

  async create(disk: Disk, sizeMiB: number, exclusiveStorage: boolean): Promise<FileDisk> {
    if (exclusiveStorage)
      throw new BlockDeviceError('File device requested with exclusive_storage');
    const path = await this.#path(disk);
    await this.#create(path, sizeMiB * BYTES_PER_MIB);
    return new FileDisk(path, disk.logical_id, true, this.#tools);
  }

  async attach(disk: Disk): Promise<FileDisk> {
    const path = await this.#path(disk);
    const isThere = (await factsOf(path, this.#tools.disks)) !== undefined;
    return new FileDisk(path, disk.logical_id, isThere, this.#tools);
  }

  /** Deviation: in Ganeti the file is empty at first, and stays so when the daemon is killed then. */
  async #create(path: string, sizeBytes: number): Promise<void> {
    try {
      await this.#tools.disks.run('makeImage', { path, sizeBytes }, path);
    } catch (error) {
      const { isLeft = false } = error as ImageLeft;
      const left = isLeft ? ' (and it could not be removed again)' : '';
      throw new BlockDeviceError(`${path}: can't create: ${errorReason(error)}${left}`, {
        cause: error,
      });
    }
  }

  async #path({ logical_id: logicalId, children }: Disk): Promise<string> {
    if ((children ?? []).length > 0) throw new BlockDeviceError('Invalid setup for file device');
    return this.#tools.paths.accept(pathOf(logicalId));
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
  readonly #tools: FileTools;
  #path: string;
  #logicalId: LogicalId;

  constructor(path: string, logicalId: LogicalId, attached: boolean, tools: FileTools) {
    super();
    this.#path = path;
    this.#logicalId = logicalId;
    this.attached = attached;
    this.#tools = tools;
  }

  get devPath(): string {
    return this.#path;
  }

  get logicalId(): LogicalId {
    return this.#logicalId;
  }

  async assemble(): Promise<void> {
    await this.#facts();
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async shutdown(): Promise<void> {}

  async setInfo(): Promise<void> {}

  /** Deviation: in Ganeti a disk that is in use loses its name, and goes on taking its space. */
  async remove(): Promise<void> {
    const path = this.#path;
    if ((await factsOf(path, this.#tools.disks)) === undefined) return;
    const users = await this.#tools.users.of(path);
    if (users.length > 0)
      throw new BlockDeviceError(`${path}: can't remove: in use by ${users.join(', ')}`);
    await failAs(BlockDeviceError, `${path}: can't remove`, () =>
      this.#tools.disks.run('removeImage', { path }, path),
    );
  }

  /** Deviation: Ganeti puts it in the place of another disk that has the new path. */
  async rename(newId: LogicalId): Promise<void> {
    const newPath = await this.#tools.paths.accept(pathOf(newId));
    await this.#facts();
    await failAs(BlockDeviceError, `${this.#path}: can't rename to ${newPath}`, () =>
      this.#tools.disks.run('renameImage', { from: this.#path, to: newPath }, newPath),
    );
    this.#path = newPath;
    this.#logicalId = newId;
  }

  /** Deviation: in Ganeti a disk may have grown although it says that it could not. */
  async grow({ amountMiB, isDryRun }: GrowRequest): Promise<void> {
    const { sizeBytes } = await this.#facts();
    if (amountMiB < 0) throw new BlockDeviceError(`${this.#path}: can't grow by negative amount`);
    if (isDryRun) return;
    const grown = { path: this.#path, sizeBytes: sizeBytes + amountMiB * BYTES_PER_MIB };
    await failAs(BlockDeviceError, `${this.#path}: can't grow`, () =>
      this.#tools.disks.run('growImage', grown, this.#path),
    );
  }

  async actualSizeBytes(): Promise<number> {
    return (await this.#facts()).sizeBytes;
  }

  async #facts(): Promise<FileFacts> {
    const facts = await factsOf(this.devPath, this.#tools.disks);
    if (facts === undefined) throw new BlockDeviceError(`${this.devPath}: No such file`);
    return facts;
  }
}

/**
 * What is at `path`, or undefined when nothing is there.
 *
 * Deviation: Ganeti follows links, and says of what is no file that it does not exist.
 */
async function factsOf(path: string, disks: DiskDoor): Promise<FileFacts | undefined> {
  const facts = await failAs(BlockDeviceError, `${path}: can't stat`, () =>
    ignoring(['ENOENT', 'ENOTDIR'], disks.run('lookAt', { path, followsLinks: false }, path)),
  );
  if (facts !== undefined && facts.kind !== 'file')
    throw new BlockDeviceError(`${path}: not a regular file`);
  return facts;
}
