import type { Logger } from 'winston';
import { BlockDeviceError } from '../../base/errors.js';
import type { Disk } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import {
  allocatablePvs,
  isEmpty,
  type PhysicalVolume,
  standardPvSizeMiB,
} from './physical-volumes.js';
import type { LvmTools } from './tools.js';

export interface VolumeRequest {
  readonly group: string;
  readonly name: string;
  readonly sizeMiB: number;
  readonly exclusiveStorage: boolean;
}

/** Where a volume is to lie, and over how many devices it is striped. */
interface Layout {
  readonly pvNames: readonly string[];
  readonly stripes: number;
}

/**
 * Makes a logical volume (Ganeti: LogicalVolume.Create).
 *
 * @throws BlockDeviceError
 */
export async function createVolume(
  lvm: LvmTools,
  disk: Disk,
  request: VolumeRequest,
  logger: Logger,
): Promise<void> {
  const { group, name, sizeMiB, exclusiveStorage } = request;
  const pvs = await allocatablePvs(lvm, group);
  if (pvs.length === 0)
    throw new BlockDeviceError(
      exclusiveStorage ? 'No (empty) PVs found' : `Can't compute PV info for vg ${group}`,
    );
  checkPvNames(pvs);
  pvs.sort((one, other) => other.freeMiB - one.freeMiB);
  const layout = exclusiveStorage
    ? exclusiveLayout(pvs, sizeMiB, disk)
    : sharedLayout(pvs, sizeMiB, disk);
  if (layout.stripes !== desiredStripes(disk))
    logger.warn('a logical volume has another number of stripes than desired', {
      ...request,
      stripes: layout.stripes,
      desired: desiredStripes(disk),
    });
  // A signature of an old file system would make lvcreate ask whether to go on; -Wn does not look for one.
  const argv: [string, ...string[]] = ['lvcreate', '-Wn', `-L${sizeMiB}m`, `-n${name}`];
  await createStriped(lvm, argv, group, layout);
}

/** The free space may be spread so that not as many stripes as there are devices can be had. */
async function createStriped(
  lvm: LvmTools,
  argv: [string, ...string[]],
  group: string,
  { pvNames, stripes }: Layout,
): Promise<void> {
  let failure: CommandError | undefined;
  for (let count = stripes; count > 0; count--) {
    try {
      await lvm.run([...argv, `-i${count}`, group, ...pvNames]);
      return;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failure = error;
    }
  }
  throw new BlockDeviceError(
    `LV create failed (${failure?.failReason ?? 'no stripes'}): ${failure?.output ?? ''}`,
    { cause: failure },
  );
}

function sharedLayout(pvs: readonly PhysicalVolume[], sizeMiB: number, disk: Disk): Layout {
  const freeMiB = pvs.reduce((sum, pv) => sum + pv.freeMiB, 0);
  if (freeMiB < sizeMiB)
    throw new BlockDeviceError(`Not enough free space: required ${sizeMiB}, available ${freeMiB}`);
  return {
    pvNames: pvs.map(({ name }) => name),
    stripes: Math.min(pvs.length, desiredStripes(disk)),
  };
}

/** With exclusive storage a disk has physical volumes to itself, as many as it has spindles. */
function exclusiveLayout(pvs: readonly PhysicalVolume[], sizeMiB: number, disk: Disk): Layout {
  const { spindles } = disk;
  if (spindles === undefined || spindles === null)
    throw new BlockDeviceError(
      'Unspecified number of spindles: this is required when exclusive storage is enabled,' +
        ' try running gnt-cluster repair-disk-sizes',
    );
  const needed = Math.ceil(sizeMiB / standardPvSizeMiB(pvs));
  if (spindles < needed)
    throw new BlockDeviceError(
      `Requested number of spindles (${spindles}) is not enough for a disk of ${sizeMiB} MB` +
        ` (at least ${needed} spindles needed)`,
    );
  const pvNames = pvs
    .filter(isEmpty)
    .slice(0, spindles)
    .map(({ name }) => name);
  if (pvNames.length < spindles)
    throw new BlockDeviceError(
      `Not enough empty PVs (spindles) to create a disk of ${sizeMiB} MB:` +
        ` ${pvNames.length} available, ${spindles} needed`,
    );
  return { pvNames, stripes: pvNames.length };
}

function desiredStripes({ params }: Disk): number {
  const stripes = params?.['stripes'];
  return typeof stripes === 'number' && stripes > 0 ? stripes : 1;
}

function checkPvNames(pvs: readonly PhysicalVolume[]): void {
  if (pvs.some(({ name }) => name.includes(':')))
    throw new BlockDeviceError(
      "Some of your PVs have the invalid character ':' in their name, this is not supported -" +
        " please filter them out in lvm.conf using either 'filter' or 'preferred_names'",
    );
}
