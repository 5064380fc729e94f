import { parsedNumber } from './numbers.js';
import { allocatablePvs, isEmpty, standardPvSizeMiB } from './physical-volumes.js';
import type { LvmTools } from './tools.js';

/** Room in a volume group, in MiB. */
export interface GroupSpace {
  readonly freeMiB: number;
  readonly sizeMiB: number;
}

/**
 * The room in a group that can be written to; undefined when there is none (Ganeti: LogicalVolume.GetVGInfo).
 *
 * Deviation: that the groups cannot be listed is a failure, and not the same as none.
 *
 * @throws BlockDeviceError
 */
export async function groupSpace(
  lvm: LvmTools,
  group: string,
  exclusiveStorage: boolean,
): Promise<GroupSpace | undefined> {
  const fields = ['vg_name', 'vg_free', 'vg_attr', 'vg_size'] as const;
  const rows = await lvm.reportFor("Can't get the volume information", 'vgs', fields);
  const row = rows.find(({ vg_name: name }) => name === group);
  if (row === undefined || row.vg_attr.startsWith('r')) return undefined;
  const freeMiB = exclusiveStorage
    ? await exclusiveFreeMiB(lvm, group)
    : parsedNumber('vgs', row.vg_free);
  return { freeMiB, sizeMiB: parsedNumber('vgs', row.vg_size) };
}

/** How many physical volumes are empty, and how many there are (Ganeti: LogicalVolume.GetVgSpindlesInfo). */
export async function groupSpindles(
  lvm: LvmTools,
  group: string,
): Promise<{ free: number; total: number }> {
  const pvs = await allocatablePvs(lvm, group);
  return { free: pvs.filter(isEmpty).length, total: pvs.length };
}

/** Only empty physical volumes count (Ganeti: LogicalVolume._GetExclusiveStorageVgFree). */
async function exclusiveFreeMiB(lvm: LvmTools, group: string): Promise<number> {
  const pvs = await allocatablePvs(lvm, group);
  return pvs.length === 0 ? 0 : standardPvSizeMiB(pvs) * pvs.filter(isEmpty).length;
}
