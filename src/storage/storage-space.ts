import { BlockDeviceError, RpcFailure } from '../errors.js';
import type { StorageInfo, StorageUnit } from '../generated/objects.js';
import type { CommandRunner } from '../system/command.js';
import { errorReason } from '../system/files.js';
import { LvmTools } from './lvm/lvm-tools.js';
import { groupSpace, groupSpindles } from './lvm/volume-groups.js';
import { fileSystemSpace, roundHalfToEven, wholeMiB } from './sizes.js';

/** Ganeti knows these but does not measure them either (Ganeti: backend._STORAGE_TYPE_INFO_FN). */
const UNMEASURED = ['blockdev', 'diskless', 'ext', 'sharedfile', 'gluster', 'rados'];

/** Measures storage units (Ganeti: backend._ApplyStorageInfoFunction). */
export class StorageSpace {
  readonly #commands: CommandRunner;
  readonly #lvm: LvmTools;

  constructor({ commands }: { commands: CommandRunner }) {
    this.#commands = commands;
    this.#lvm = new LvmTools({ commands });
  }

  /** @throws RpcFailure when it cannot be measured */
  async measure([type, name, parameters]: StorageUnit): Promise<StorageInfo> {
    switch (type) {
      case 'file':
        checkCount(parameters, 0);
        return fileSpace(this.#commands, name);
      case 'lvm-vg':
        return this.#groupSpace(name, exclusiveStorage(parameters));
      case 'lvm-pv':
        return this.#spindles(name, exclusiveStorage(parameters));
      default:
        throw new RpcFailure(
          UNMEASURED.includes(type)
            ? `Storage reporting is not supported for storage type '${type}'`
            : `Unknown storage type: '${type}'`,
        );
    }
  }

  /**
   * Null for both when there is no such group (Ganeti: backend._GetVgInfo).
   *
   * Deviation: Ganeti says null too when it could not find out.
   */
  async #groupSpace(name: string, isExclusive: boolean): Promise<StorageInfo> {
    const space = await failingToMeasure(() => groupSpace(this.#lvm, name, isExclusive));
    return {
      type: 'lvm-vg',
      name,
      storage_free: space === undefined ? null : roundHalfToEven(space.freeMiB),
      storage_size: space === undefined ? null : roundHalfToEven(space.sizeMiB),
    };
  }

  /** Spindles are counted only with exclusive storage (Ganeti: backend._GetVgSpindlesInfo). */
  async #spindles(name: string, isExclusive: boolean): Promise<StorageInfo> {
    const { free, total } = isExclusive
      ? await failingToMeasure(() => groupSpindles(this.#lvm, name))
      : { free: 0, total: 0 };
    return { type: 'lvm-pv', name, storage_free: free, storage_size: total };
  }
}

/** Ganeti: filestorage.GetFileStorageSpaceInfo */
async function fileSpace(commands: CommandRunner, path: string): Promise<StorageInfo> {
  try {
    const { sizeBytes, freeBytes } = await fileSystemSpace(commands, path);
    return {
      type: 'file',
      name: path,
      storage_size: wholeMiB(sizeBytes),
      storage_free: wholeMiB(freeBytes),
    };
  } catch (error) {
    throw new RpcFailure(
      `Failed to retrieve file system information about path: ${path} - ${errorReason(error)}`,
      { cause: error },
    );
  }
}

function exclusiveStorage(parameters: readonly unknown[]): boolean {
  checkCount(parameters, 1);
  const [isExclusive] = parameters;
  if (typeof isExclusive !== 'boolean')
    throw new RpcFailure(
      `Exclusive storage parameter is not boolean: '${JSON.stringify(isExclusive)}'.`,
    );
  return isExclusive;
}

function checkCount(parameters: readonly unknown[], count: number): void {
  if (parameters.length !== count)
    throw new RpcFailure(
      'Did not receive the expected number of storage parameters:' +
        ` expected ${count}, received '${parameters.length}'`,
    );
}

async function failingToMeasure<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof BlockDeviceError)) throw error;
    throw new RpcFailure(error.message, { cause: error });
  }
}
