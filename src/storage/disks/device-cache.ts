import { join } from 'node:path';
import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';
import { removeIfExists, writeFileAtomically } from '../../system/file/files.js';

/** Whose disk a device is. */
export interface DeviceOwner {
  /** Name of the instance. */
  readonly owner: string;
  readonly onPrimary: boolean;
  readonly ivName: string | undefined;
}

/**
 * One small file for each device in use, which says whose it is (Ganeti: backend.DevCacheManager).
 *
 * Other programs of Ganeti read them. They are a convenience: a failure is logged, and fails nothing.
 */
export class DeviceCache {
  readonly #directory: string;
  readonly #logger: Logger;

  constructor({ directory, logger }: { directory: string; logger: Logger }) {
    this.#directory = directory;
    this.#logger = logger;
  }

  async update(devPath: string, { owner, onPrimary, ivName }: DeviceOwner): Promise<void> {
    const state = onPrimary ? 'primary' : 'secondary';
    const text = `${owner} ${state} ${ivName ?? 'not_visible'}\n`;
    await this.#orLog(devPath, () => writeFileAtomically(this.#path(devPath), text));
  }

  async remove(devPath: string): Promise<void> {
    await this.#orLog(devPath, () => removeIfExists(this.#path(devPath)));
  }

  #path(devPath: string): string {
    const name = devPath.replace(/^\/dev\//, '').replaceAll('/', '_');
    return join(this.#directory, `bdev_${name}`);
  }

  async #orLog(devPath: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#logger.error("can't update bdev cache", { devPath, reason: errorReason(error) });
    }
  }
}
