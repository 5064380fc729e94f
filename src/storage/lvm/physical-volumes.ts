import { parsedNumber } from './numbers.js';
import type { LvmTools } from './tools.js';

/** Ganeti: constants.PART_MARGIN, PART_RESERVED */
const PART_MARGIN = 0.01;
const PART_RESERVED = 0.02;

/** A device that a volume group is made of (Ganeti: objects.LvmPvInfo). Sizes in MiB. */
export interface PhysicalVolume {
  readonly name: string;
  readonly sizeMiB: number;
  readonly freeMiB: number;
}

/**
 * The physical volumes of a group of which LVM may take space, in the order in which LVM lists them.
 *
 * Ganeti: LogicalVolume.GetPVInfo. Deviation: that they cannot be listed is a failure, and not the same as none.
 *
 * @throws BlockDeviceError
 */
export async function allocatablePvs(lvm: LvmTools, group: string): Promise<PhysicalVolume[]> {
  const fields = ['pv_name', 'vg_name', 'pv_free', 'pv_attr', 'pv_size'] as const;
  const rows = await lvm.reportFor(`Can't compute PV info for vg ${group}`, 'pvs', fields);
  return rows
    .filter((row) => row.vg_name === group && row.pv_attr.startsWith('a'))
    .map((row) => ({
      name: row.pv_name,
      sizeMiB: parsedNumber('pvs', row.pv_size),
      freeMiB: parsedNumber('pvs', row.pv_free),
    }));
}

/** Nothing of any size lies on it (Ganeti: LvmPvInfo.IsEmpty). */
export function isEmpty({ sizeMiB, freeMiB }: PhysicalVolume): boolean {
  return sizeMiB <= freeMiB + 1;
}

/** What counts as the size of each physical volume when disks do not share them (Ganeti: LogicalVolume._GetStdPvSize). */
export function standardPvSizeMiB(pvs: readonly PhysicalVolume[]): number {
  const smallest = Math.min(...pvs.map(({ sizeMiB }) => sizeMiB));
  return Math.floor(smallest / (1 + PART_MARGIN + PART_RESERVED));
}
