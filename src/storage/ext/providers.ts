import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { errorReason, ignoring } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { findFile } from '../../system/file/find-file.js';
import { type ExtProvider, readExtProvider } from './provider.js';

/** What is known of one that may be a provider: name, path, whether it is whole, what is wrong, its parameters. */
export type ExtDiagnosis = [
  name: string,
  path: string,
  isWhole: boolean,
  diagnose: string,
  parameters: string[][],
];

/** The providers of external storage on this node (Ganeti: extstorage.ExtStorageFromDisk). */
export class ExtProviders {
  readonly #searchPath: readonly string[];
  readonly #logger: Logger;

  constructor({ searchPath, logger }: { searchPath: readonly string[]; logger: Logger }) {
    this.#searchPath = searchPath;
    this.#logger = logger;
  }

  /** @throws BlockDeviceError when there is none of that name, or it is not whole */
  find(name: string): Promise<ExtProvider> {
    return this.#findIn(name, this.#searchPath);
  }

  /** Looks at everything in the search path (Ganeti: backend.DiagnoseExtStorage). */
  async diagnose(): Promise<ExtDiagnosis[]> {
    const found: ExtDiagnosis[] = [];
    for (const directory of this.#searchPath)
      for (const name of await this.#visibleFiles(directory))
        found.push(await this.#diagnoseOne(name, directory));
    return found;
  }

  async #diagnoseOne(name: string, directory: string): Promise<ExtDiagnosis> {
    const path = join(directory, name);
    try {
      const { parameters } = await this.#findIn(name, [directory]);
      return [name, path, true, '', parameters.map((parameter) => [...parameter])];
    } catch (error) {
      if (!(error instanceof BlockDeviceError)) throw error;
      return [name, path, false, error.message, []];
    }
  }

  async #findIn(name: string, directories: readonly string[]): Promise<ExtProvider> {
    const path = await findFile(name, directories, (stats) => stats.isDirectory());
    if (path === undefined)
      throw new BlockDeviceError(
        `Directory for External Storage Provider ${name} not found in search path`,
      );
    return readExtProvider(name, path, await this.#realSearchPath());
  }

  async #realSearchPath(): Promise<string[]> {
    const found = await Promise.allSettled(this.#searchPath.map((path) => realpath(path)));
    return found.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  }

  /** Deviation: one directory that cannot be read does not hide those after it. */
  async #visibleFiles(directory: string): Promise<string[]> {
    try {
      const names = (await ignoring(['ENOENT', 'ENOTDIR'], readdir(directory))) ?? [];
      return names.filter((name) => !name.startsWith('.') && name !== 'lost+found').sort();
    } catch (error) {
      const reason = errorReason(error);
      this.#logger.error("can't list a directory of external storage", { directory, reason });
      return [];
    }
  }
}
