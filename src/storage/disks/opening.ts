import { errorReason } from '../../base/errno.js';
import { BlockDeviceError, RpcFailure } from '../../base/errors.js';
import type { Disk } from '../../generated/objects.js';
import type { BlockDevice } from '../block-device.js';
import type { DiskTemplates } from '../disk-templates.js';
import { failBare, nameOf } from './failures.js';
import type { DiskLinks } from './links.js';

/** Lets nodes hand an instance's disks to each other. */
export class DiskOpening {
  readonly #templates: DiskTemplates;
  readonly #links: DiskLinks;

  constructor({ templates, links }: { templates: DiskTemplates; links: DiskLinks }) {
    this.#templates = templates;
    this.#links = links;
  }

  /** Opens disks, as many as it can, and links to them (Ganeti: backend.BlockdevOpen). */
  async open(
    instance: string,
    disks: readonly Disk[],
    options: { exclusive: boolean },
  ): Promise<void> {
    const devices = await this.#findAll(disks);
    await tryAll("Can't open devices", devices, async (device, index) => {
      await device.open(options);
      await this.#link(instance, index, device.devPath);
    });
  }

  /**
   * Closes disks, as many as it can; only if all are closed are the links removed (Ganeti: backend.BlockdevClose).
   *
   * @param instance empty if there are no links
   */
  async close(instance: string, disks: readonly Disk[]): Promise<void> {
    const devices = await this.#findAll(disks);
    await tryAll("Can't close devices", devices, (device) => device.close());
    if (instance === '') return;
    await tryAll("Can't remove the links to devices", devices, (_device, index) =>
      this.#unlink(instance, index),
    );
  }

  async #findAll(disks: readonly Disk[]): Promise<BlockDevice[]> {
    const templates = this.#templates.forMany();
    const devices: BlockDevice[] = [];
    await failBare(async () => {
      for (const disk of disks) {
        const device = await templates.find(disk);
        if (device === undefined) throw new BlockDeviceError(`Can't find device ${nameOf(disk)}`);
        devices.push(device);
      }
    });
    return devices;
  }

  async #link(instance: string, index: number, devPath: string): Promise<void> {
    try {
      await this.#links.create(instance, index, devPath);
    } catch (error) {
      throw linkFailure(error);
    }
  }

  /** Deviation: Ganeti only logs that a link could not be removed. */
  async #unlink(instance: string, index: number): Promise<void> {
    try {
      await this.#links.remove(instance, index);
    } catch (error) {
      throw linkFailure(error);
    }
  }
}

function linkFailure(error: unknown): BlockDeviceError {
  return new BlockDeviceError(`Cannot change block device symlink: ${errorReason(error)}`, {
    cause: error,
  });
}

async function tryAll(
  prefix: string,
  devices: readonly BlockDevice[],
  work: (device: BlockDevice, index: number) => Promise<void>,
): Promise<void> {
  const problems: string[] = [];
  for (const [index, device] of devices.entries()) {
    try {
      await work(device, index);
    } catch (error) {
      if (!(error instanceof BlockDeviceError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0)
    throw new RpcFailure(`${prefix}: ${problems.join(',')}`, { kind: 'block-device' });
}
