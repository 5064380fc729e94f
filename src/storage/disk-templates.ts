import { BlockDeviceError } from '../base/errors.js';
import type { Disk } from '../generated/objects.js';
import type { BlockDevice } from './block-device.js';

/** Makes and finds the disks of one template. */
export interface DiskTemplate {
  /** @throws BlockDeviceError, and then nothing is left of the disk */
  create(disk: Disk, sizeMiB: number, exclusiveStorage: boolean): Promise<BlockDevice>;
  /** The disk whether or not it exists, as its `attached` says. */
  attach(disk: Disk): Promise<BlockDevice>;
  /** The same template, which looks at all disks only once: for those who ask for many in a row. */
  forMany?(): DiskTemplate;
}

/** The templates which this node serves, by their name in `dev_type` (Ganeti: bdev.DEV_MAP). */
export class DiskTemplates {
  readonly #templates: ReadonlyMap<string, DiskTemplate>;

  constructor(templates: Readonly<Record<string, DiskTemplate>>) {
    this.#templates = new Map(Object.entries(templates));
  }

  /** @throws BlockDeviceError when the disk's template is not served */
  require({ dev_type: name }: Disk): DiskTemplate {
    const template = this.#templates.get(name);
    // Deviation: to Ganeti an unknown template is a programmer's error; we serve fewer and say so.
    if (template === undefined)
      throw new BlockDeviceError(`Disk template '${name}' is not served`, {
        data: { template: name },
      });
    return template;
  }

  /** For use within one call (Ganeti: backend.BlockdevGetmirrorstatusMulti, lvs_cache). */
  forMany(): DiskTemplates {
    const templates = [...this.#templates].map(([name, template]): [string, DiskTemplate] => [
      name,
      template.forMany?.() ?? template,
    ]);
    return new DiskTemplates(Object.fromEntries(templates));
  }

  /** Ganeti: bdev.Create */
  async create(disk: Disk, sizeMiB: number, exclusiveStorage: boolean): Promise<BlockDevice> {
    return this.require(disk).create(disk, sizeMiB, exclusiveStorage);
  }

  /** Ganeti: bdev.Assemble */
  async assemble(disk: Disk): Promise<BlockDevice> {
    const device = await this.require(disk).attach(disk);
    await device.assemble();
    return device;
  }

  /** Ganeti: bdev.FindDevice */
  async find(disk: Disk): Promise<BlockDevice | undefined> {
    const device = await this.require(disk).attach(disk);
    return device.attached ? device : undefined;
  }
}
