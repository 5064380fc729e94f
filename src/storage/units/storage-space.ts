import { errorReason } from '../../base/errno.js';
import { BlockDeviceError, RpcFailure } from '../../base/errors.js';
import { translate } from '../../base/translate.js';
import type { StorageInfo, StorageUnit } from '../../generated/objects.js';
import type { CommandRunner } from '../../system/command/command.js';
import type { MountTable } from '../../system/proc/mount-table.js';
import { LvmTools } from '../lvm/tools.js';
import { groupSpace, groupSpindles } from '../lvm/volume-groups.js';
import { fileSystemSpace, roundHalfToEven, wholeMiB } from './file-system-space.js';

/** Ganeti knows these but does not measure them either (Ganeti: backend._STORAGE_TYPE_INFO_FN). */
const UNMEASURED = ['blockdev', 'diskless', 'ext', 'sharedfile', 'gluster', 'rados'];

/** Measures storage units (Ganeti: backend._ApplyStorageInfoFunction). */
export class StorageSpace {
  readonly #commands: CommandRunner;
  readonly #mountTable: Pick<MountTable, 'read'>;
  readonly #lvm: LvmTools;

  constructor({
    commands,
    mountTable,
  }: {
    commands: CommandRunner;
    mountTable: Pick<MountTable, 'read'>;
  }) {
    this.#commands = commands;
    this.#mountTable = mountTable;
    this.#lvm = new LvmTools({ commands });
  }

  /** @throws RpcFailure when it cannot be measured */
  async measure([type, name, parameters]: StorageUnit): Promise<StorageInfo> {
    switch (type) {
      case 'file':
        checkCount(parameters, 0);
        return this.#fileSpace(name);
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

  /** Ganeti: filestorage.GetFileStorageSpaceInfo */
  async #fileSpace(path: string): Promise<StorageInfo> {
    try {
      const space = await fileSystemSpace(this.#commands, path, this.#mountTable);
      return {
        type: 'file',
        name: path,
        storage_size: wholeMiB(space.sizeBytes),
        storage_free: wholeMiB(space.freeBytes),
      };
    } catch (error) {
      throw new RpcFailure(
        `Failed to retrieve file system information about path: ${path} - ${errorReason(error)}`,
        { cause: error },
      );
    }
  }

  /**
   * Null for both when there is no such group (Ganeti: backend._GetVgInfo).
   *
   * Deviation: Ganeti says null too when it could not find out.
   */
  async #groupSpace(name: string, isExclusive: boolean): Promise<StorageInfo> {
    const space = await failOfNoDisk(() => groupSpace(this.#lvm, name, isExclusive));
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
      ? await failOfNoDisk(() => groupSpindles(this.#lvm, name))
      : { free: 0, total: 0 };
    return { type: 'lvm-pv', name, storage_free: free, storage_size: total };
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

/** The failure is of the kind 'failed': no disk is concerned. */
function failOfNoDisk<T>(work: () => Promise<T>): Promise<T> {
  const toFailure = (error: BlockDeviceError) => new RpcFailure(error.message, { cause: error });
  return translate(BlockDeviceError, toFailure, work);
}
