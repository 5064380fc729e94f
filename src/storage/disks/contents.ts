import { ignoring } from '../../base/errno.js';
import { BlockDeviceError, RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import type { Disk } from '../../generated/objects.js';
import type { CommandRunner } from '../../system/command/command.js';
import { NOT_FOUND } from '../../system/file/find-file.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import type { BlockDevice } from '../block-device.js';
import type { DiskTemplates } from '../disk-templates.js';
import { copyBlocks, downloadImage, isUrl } from './copy-blocks.js';
import { failBare, nameOf } from './failures.js';

/** Writes what is on disks. A part may have been written when it fails. */
export class DiskContents {
  readonly #templates: DiskTemplates;
  readonly #tools: { readonly commands: CommandRunner; readonly disks: DiskDoor };

  constructor({
    templates,
    commands,
    disks,
  }: {
    templates: DiskTemplates;
    commands: CommandRunner;
    disks: DiskDoor;
  }) {
    this.#templates = templates;
    this.#tools = { commands, disks };
  }

  /** Writes zeros (Ganeti: backend.BlockdevWipe). */
  async wipe(disk: Disk, offsetMiB: number, sizeMiB: number): Promise<void> {
    const { devPath } = await this.#find(disk, `Cannot wipe device ${labelOf(disk)}`);
    if (offsetMiB < 0) throw new RpcFailure('Negative offset');
    if (sizeMiB < 0) throw new RpcFailure('Negative size');
    if (offsetMiB > disk.size) throw new RpcFailure('Wipe offset is bigger than device size');
    if (offsetMiB + sizeMiB > disk.size)
      throw new RpcFailure('Wipe offset and size are bigger than device size');
    await copyBlocks(this.#tools, { from: '/dev/zero', to: devPath, offsetMiB, sizeMiB });
  }

  /**
   * Writes an image: a file of the node, or one from the net (Ganeti: backend.BlockdevImage).
   *
   * @param sizeMiB no more than that is written
   */
  async image(disk: Disk, image: string, sizeMiB: number): Promise<void> {
    if (!isUrl(image)) await checkImage(image, this.#tools.disks);
    const { devPath } = await this.#find(disk, `Cannot image device ${labelOf(disk)}`);
    if (sizeMiB < 0) throw new RpcFailure('Negative size');
    if (sizeMiB > disk.size) throw new RpcFailure('Image size is bigger than device size');
    if (isUrl(image)) await downloadImage(this.#tools, { url: image, to: devPath, sizeMiB });
    else
      await copyBlocks(this.#tools, {
        from: image,
        to: devPath,
        offsetMiB: 0,
        sizeMiB,
        keepsHoles: true,
      });
  }

  /**
   * Copies one disk to another (Ganeti: backend.BlockdevConvert).
   *
   * Deviation: Ganeti lets one program read and another write, and does not notice when the first one fails. For the
   * templates served here one does both.
   */
  async convert(source: Disk, target: Disk): Promise<void> {
    const from = await this.#find(source, `Cannot copy from device '${nameOf(source)}'`);
    const to = await this.#find(target, `Cannot copy to device '${nameOf(target)}'`);
    await failBare(() => {
      to.checkImport();
    });
    await copyBlocks(this.#tools, {
      from: from.devPath,
      to: to.devPath,
      offsetMiB: 0,
      sizeMiB: source.size,
      readsDirectly: true,
      keepsHoles: true,
    });
  }

  async #find(disk: Disk, prefix: string): Promise<BlockDevice> {
    try {
      const device = await this.#templates.find(disk);
      if (device !== undefined) return device;
    } catch (error) {
      if (!(error instanceof BlockDeviceError)) throw error;
      // Deviation: Ganeti says only that it was not found.
      throw new RpcFailure(`${prefix}: ${error.message}`, { kind: error.kind, cause: error });
    }
    throw new RpcFailure(`${prefix}: device not found`, { kind: 'block-device' });
  }
}

function labelOf(disk: Disk): string {
  return disk.iv_name ?? nameOf(disk);
}

/** Deviation: a FIFO, for instance, would keep us waiting for a writer. */
async function checkImage(image: string, disks: DiskDoor): Promise<void> {
  const looking = disks.run('lookAt', { path: image, followsLinks: true }, image);
  const found = await failAs(RpcFailure, `Image '${image}'`, () => ignoring(NOT_FOUND, looking));
  if (found === undefined || !image.startsWith('/'))
    throw new RpcFailure(`Image '${image}' not found`);
  if (found.kind !== 'file' && found.kind !== 'block')
    throw new RpcFailure(`Image '${image}' is neither a file nor a block device`);
}
