import { normalize } from 'node:path';
import type { Logger } from 'winston';
import { BlockDeviceError } from '../../base/errors.js';
import { BYTES_PER_MIB } from '../../base/units.js';
import type { CommandRunner } from '../../system/command/command.js';
import { blockDeviceNumbers, blockDeviceSizeBytes } from '../device-files.js';

/** Measures block devices that instances may adopt. */
export class DeviceSizes {
  readonly #commands: CommandRunner;
  readonly #logger: Logger;

  constructor({ commands, logger }: { commands: CommandRunner; logger: Logger }) {
    this.#commands = commands;
    this.#logger = logger;
  }

  /** The sizes in MiB of those paths that are block devices in /dev (Ganeti: backend.GetBlockDevSizes). */
  async get(paths: readonly string[]): Promise<Record<string, number>> {
    const sizes: [path: string, sizeMiB: number][] = [];
    for (const path of paths) {
      const size = await this.#size(path);
      if (size !== undefined) sizes.push([path, Math.floor(size / BYTES_PER_MIB)]);
    }
    return Object.fromEntries(sizes);
  }

  async #size(path: string): Promise<number | undefined> {
    if (path.includes('\0') || !normalize(path).startsWith('/dev/')) return undefined;
    if ((await blockDeviceNumbers(path)) === undefined) return undefined;
    try {
      return await blockDeviceSizeBytes(this.#commands, path);
    } catch (error) {
      if (!(error instanceof BlockDeviceError)) throw error;
      this.#logger.warn("can't get the size of a block device", { path, reason: error.message });
      return undefined;
    }
  }
}
