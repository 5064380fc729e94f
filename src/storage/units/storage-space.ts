import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
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
  readonly #logger: Logger;

  constructor({
    commands,
    mountTable,
    logger,
  }: {
    commands: CommandRunner;
    mountTable: Pick<MountTable, 'read'>;
    logger: Logger;
  }) {
    this.#commands = commands;
    this.#mountTable = mountTable;
    this.#lvm = new LvmTools({ commands });
    this.#logger = logger;
  }

  /**
   * The space of a unit; null for both figures when there is no such unit, or it cannot be measured, which is logged.
   *
   * Deviation: in Ganeti a directory that cannot be measured takes all other figures of the node away from the master.
   *
   * @throws RpcFailure for what is no unit that can be measured
   */
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
  #fileSpace(path: string): Promise<StorageInfo> {
    return this.#orNulls('file', path, async () => {
      const space = await fileSystemSpace(this.#commands, path, this.#mountTable);
      return [wholeMiB(space.freeBytes), wholeMiB(space.sizeBytes)];
    });
  }

  /** Ganeti: backend._GetVgInfo */
  #groupSpace(name: string, isExclusive: boolean): Promise<StorageInfo> {
    return this.#orNulls('lvm-vg', name, async () => {
      const space = await groupSpace(this.#lvm, name, isExclusive);
      if (space === undefined) return [null, null];
      return [roundHalfToEven(space.freeMiB), roundHalfToEven(space.sizeMiB)];
    });
  }

  /** Spindles are counted only with exclusive storage (Ganeti: backend._GetVgSpindlesInfo). */
  #spindles(name: string, isExclusive: boolean): Promise<StorageInfo> {
    return this.#orNulls('lvm-pv', name, async () => {
      if (!isExclusive) return [0, 0];
      const { free, total } = await groupSpindles(this.#lvm, name);
      return [free, total];
    });
  }

  async #orNulls(
    type: string,
    name: string,
    measure: () => Promise<[free: number | null, size: number | null]>,
  ): Promise<StorageInfo> {
    let figures: [number | null, number | null] = [null, null];
    try {
      figures = await measure();
    } catch (error) {
      const reason = errorReason(error);
      this.#logger.error("can't measure a storage unit", { type, unit: name, reason });
    }
    return { type, name, storage_free: figures[0], storage_size: figures[1] };
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
