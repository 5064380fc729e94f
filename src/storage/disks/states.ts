import { BlockDeviceError } from '../../base/errors.js';
import type { BlockDeviceStatus, Disk } from '../../generated/objects.js';
import type { BlockDevice } from '../block-device.js';
import type { DiskTemplates } from '../disk-templates.js';
import { failBare, nameOf } from './failures.js';

/** Size in bytes, and the number of spindles where the template knows it. */
export type Dimensions = [sizeBytes: number, spindles: number | null];

/**
 * What the master asks about many disks at once.
 *
 * None of the templates served is a mirror, or has disks below its disks.
 */
export class DiskStates {
  readonly #templates: DiskTemplates;

  constructor({ templates }: { templates: DiskTemplates }) {
    this.#templates = templates;
  }

  /** Ganeti: backend.BlockdevGetmirrorstatus */
  async mirrorStatus(disks: readonly Disk[]): Promise<BlockDeviceStatus[]> {
    const templates = this.#templates.forMany();
    return failBare(() => inOrder(disks, (disk) => statusOf(templates, disk)));
  }

  /** Of each disk its state, or why there is none (Ganeti: backend.BlockdevGetmirrorstatusMulti). */
  async mirrorStatusMulti(
    disks: readonly Disk[],
  ): Promise<([true, BlockDeviceStatus] | [false, string])[]> {
    const templates = this.#templates.forMany();
    return inOrder(disks, async (disk) => {
      try {
        return [true, await statusOf(templates, disk)];
      } catch (error) {
        if (!(error instanceof BlockDeviceError)) throw error;
        return [false, error.message];
      }
    });
  }

  /** Null for a disk that does not exist or cannot be looked at (Ganeti: backend.BlockdevGetdimensions). */
  async dimensions(disks: readonly Disk[]): Promise<(Dimensions | null)[]> {
    const templates = this.#templates.forMany();
    return inOrder(disks, async (disk) => {
      const device = await findOrNothing(templates, disk);
      if (device === undefined) return null;
      return failBare(async () => [await device.actualSizeBytes(), await device.actualSpindles()]);
    });
  }

  /** Where there is no mirror there is nothing to do (Ganeti: backend.BlockdevPauseResumeSync). */
  async pauseResumeSync(disks: readonly Disk[]): Promise<[boolean, string | null][]> {
    const templates = this.#templates.forMany();
    return inOrder(disks, async (disk) => {
      const device = await findOrNothing(templates, disk);
      if (device !== undefined) return [true, null];
      return [false, `Cannot change sync for device ${nameOf(disk)}: device not found`];
    });
  }
}

async function statusOf(templates: DiskTemplates, disk: Disk): Promise<BlockDeviceStatus> {
  const device = await templates.find(disk);
  if (device === undefined) throw new BlockDeviceError(`Can't find device ${nameOf(disk)}`);
  return device.status();
}

async function findOrNothing(
  templates: DiskTemplates,
  disk: Disk,
): Promise<BlockDevice | undefined> {
  try {
    return await templates.find(disk);
  } catch (error) {
    if (!(error instanceof BlockDeviceError)) throw error;
    return undefined;
  }
}

/** One after the other: there may be hundreds, and each may start a program. */
async function inOrder<T>(disks: readonly Disk[], ask: (disk: Disk) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (const disk of disks) answers.push(await ask(disk));
  return answers;
}
