import type { DiskDoor } from '../helper/disk-jobs.js';
import type { DeviceNode, NodeDirectory } from './device-nodes.js';

/** The nodes in `/dev/ganeti` of chroots; each change by a helper process with a time limit. */
export class DeviceDirectories {
  readonly #disks: DiskDoor;

  constructor({ disks }: { disks: DiskDoor }) {
    this.#disks = disks;
  }

  /**
   * Makes the nodes, each in place of whatever had its name.
   *
   * @throws Error that says why not; some may have been made
   */
  async show(directory: NodeDirectory, nodes: readonly DeviceNode[]): Promise<void> {
    if (nodes.length === 0) return;
    await this.#disks.delegateAt('showNodes', { ...directory, nodes }, directory.root);
  }

  /**
   * Removes the nodes, if they are there.
   *
   * @throws Error likewise
   */
  async hide(directory: NodeDirectory, names: readonly string[]): Promise<void> {
    await this.#disks.delegateAt('hideNodes', { ...directory, names }, directory.root);
  }
}
