import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { removeIfExists, replaceLink } from '../../system/file/files.js';

/**
 * The symbolic links `<instance>:<index>` in one directory, through which an instance's disks are found.
 *
 * The instance's name must have been checked: it becomes part of a file name.
 */
export class DiskLinks {
  readonly #directory: string;

  constructor({ directory }: { directory: string }) {
    this.#directory = directory;
  }

  /**
   * Links to `devPath`, in place of any link that was there (Ganeti: backend._SymlinkBlockDev).
   *
   * @returns the link's path
   */
  async create(instance: string, index: number, devPath: string): Promise<string> {
    const link = this.#path(instance, index);
    await replaceLink(devPath, link);
    return link;
  }

  /** Removes a link; what is no link is left alone (Ganeti: backend._RemoveBlockDevLinks). */
  async remove(instance: string, index: number): Promise<void> {
    const link = this.#path(instance, index);
    const stats = await ignoring(['ENOENT'], lstat(link));
    if (stats?.isSymbolicLink() === true) await removeIfExists(link);
  }

  #path(instance: string, index: number): string {
    if (/[/\0]/.test(instance))
      throw new RangeError(`no name for a disk link: ${JSON.stringify(instance)}`);
    return join(this.#directory, `${instance}:${String(index)}`);
  }
}
