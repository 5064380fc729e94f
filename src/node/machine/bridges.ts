import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';

/** The network bridges of this node. */
export class Bridges {
  readonly #interfacesDir: string;

  /** @param interfacesDir /sys/class/net */
  constructor({ interfacesDir }: { interfacesDir: string }) {
    this.#interfacesDir = interfacesDir;
  }

  /** Those of `names` that do not exist (Ganeti: utils.BridgeExists). */
  async missing(names: readonly string[]): Promise<string[]> {
    const missing: string[] = [];
    for (const name of names) if (!(await this.#exists(name))) missing.push(name);
    return missing;
  }

  /**
   * Ganeti: backend.BridgesExist
   *
   * @throws RpcFailure that names the missing ones
   */
  async check(names: readonly string[]): Promise<void> {
    const missing = await this.missing(names);
    if (missing.length > 0) throw new RpcFailure(`Missing bridges ${missing.join(', ')}`);
  }

  async #exists(name: string): Promise<boolean> {
    if (!/^[^/\0]+$/.test(name) || name === '.' || name === '..') return false;
    const path = join(this.#interfacesDir, name, 'bridge');
    const found = await ignoring(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'], stat(path));
    return found?.isDirectory() ?? false;
  }
}
