import { BlockDeviceError } from '../../base/errors.js';
import { CommandError } from '../../system/command/command.js';
import type { GrowRequest } from '../block-device.js';
import { allocatablePvs, standardPvSizeMiB } from './physical-volumes.js';
import type { LvmTools } from './tools.js';
import type { VolumeState } from './volume-table.js';

/** The best one first; space in the right place for it may be lacking. */
const ALLOCATION_POLICIES = ['contiguous', 'cling', 'normal'];
const KIB_PER_MIB = 1024;

/** What is to grow. */
export interface GrowingVolume extends Pick<VolumeState, 'extentKiB' | 'stripes' | 'pvNames'> {
  readonly group: string;
  readonly devPath: string;
}

/**
 * Makes a volume larger, by whole stripes (Ganeti: LogicalVolume.Grow).
 *
 * @throws BlockDeviceError
 */
export async function growVolume(
  lvm: LvmTools,
  volume: GrowingVolume,
  { amountMiB, isDryRun, exclusiveStorage }: GrowRequest,
): Promise<void> {
  if (amountMiB < 0) throw new BlockDeviceError(`${volume.devPath}: can't grow by negative amount`);
  const amountKiB = wholeStripesKiB(volume, amountMiB * KIB_PER_MIB);
  // A disk keeps the physical volumes that it has to itself, and gets no others.
  if (exclusiveStorage) await checkRoom(lvm, volume, amountKiB / KIB_PER_MIB);
  const pvNames = exclusiveStorage ? volume.pvNames : [];
  const argv = ['lvextend', '-L', `+${amountKiB}k`, ...(isDryRun ? ['--test'] : [])] as const;
  let failure: CommandError | undefined;
  for (const policy of ALLOCATION_POLICIES) {
    try {
      await lvm.run([...argv, '--alloc', policy, volume.devPath, ...pvNames]);
      return;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failure = error;
    }
  }
  throw new BlockDeviceError(`Can't grow LV ${volume.devPath}: ${failure?.output ?? ''}`, {
    cause: failure,
  });
}

function wholeStripesKiB({ extentKiB, stripes }: GrowingVolume, amountKiB: number): number {
  const stripeKiB = extentKiB * stripes;
  return stripeKiB === 0 ? amountKiB : Math.ceil(amountKiB / stripeKiB) * stripeKiB;
}

/** Ganeti: LogicalVolume._GetGrowthAvaliabilityExclStor */
async function checkRoom(
  lvm: LvmTools,
  { group, devPath, pvNames }: GrowingVolume,
  amountMiB: number,
): Promise<void> {
  const pvs = await allocatablePvs(lvm, group);
  if (pvs.length === 0)
    throw new BlockDeviceError(`Cannot get information about PVs for ${devPath}`);
  const standardMiB = standardPvSizeMiB(pvs);
  const freeMiB = pvs
    .filter(({ name }) => pvNames.includes(name))
    .reduce((sum, pv) => sum + pv.freeMiB - (pv.sizeMiB - standardMiB), 0);
  if (amountMiB > freeMiB)
    throw new BlockDeviceError(
      `Not enough free space to grow ${devPath}: ${amountMiB} MiB required, ${freeMiB} available`,
    );
}
