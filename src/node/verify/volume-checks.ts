import { RpcFailure } from '../../base/errors.js';
import { recover } from '../../base/translate.js';
import type { PhysicalVolume } from '../../generated/objects.js';
import { parsedNumber } from '../../storage/lvm/numbers.js';
import type { LvmTools } from '../../storage/lvm/tools.js';
import type { ListedVolume, VolumeLists } from '../../storage/lvm/volume-lists.js';
import { CommandError } from '../../system/command/command.js';

const FIELDS = ['pv_name', 'vg_name', 'pv_free', 'pv_attr', 'pv_size'] as const;

export interface VolumeChecksParts {
  readonly volumeLists: Pick<VolumeLists, 'logicalVolumes' | 'volumeGroups'>;
  readonly lvm: Pick<LvmTools, 'report'>;
}

/** All logical volumes, or why they are not known. */
export async function logicalVolumes({
  volumeLists,
}: VolumeChecksParts): Promise<Record<string, ListedVolume> | string> {
  return recover(
    RpcFailure,
    ({ message }) => message,
    () => volumeLists.logicalVolumes([]),
  );
}

/** Sizes of the volume groups; undefined when they are not known. */
export async function volumeGroups({
  volumeLists,
}: VolumeChecksParts): Promise<Record<string, number> | undefined> {
  return recover(
    RpcFailure,
    () => undefined,
    () => volumeLists.volumeGroups(),
  );
}

/** The physical volumes of these groups, or all; undefined when they are not known (Ganeti: bdev.GetPVInfo). */
export async function physicalVolumes(
  { lvm }: VolumeChecksParts,
  groups: readonly string[],
): Promise<PhysicalVolume[] | undefined> {
  const rows = await orUndefined(() => lvm.report('pvs', FIELDS));
  return rows
    ?.filter((row) => groups.length === 0 || groups.includes(row.vg_name))
    .map((row) => ({
      name: row.pv_name,
      vg_name: row.vg_name,
      size: parsedNumber('pvs', row.pv_size),
      free: parsedNumber('pvs', row.pv_free),
      attributes: row.pv_attr,
      lv_list: [],
    }));
}

/** Physical volumes that hold more than one logical volume, with these (Ganeti: backend._CheckExclusivePvs). */
export async function sharedPhysicalVolumes(
  { lvm }: VolumeChecksParts,
  groups: readonly string[],
): Promise<[string, string[]][] | undefined> {
  const rows = await orUndefined(() => lvm.report('pvs', ['pv_name', 'vg_name', 'lv_name']));
  if (rows === undefined) return undefined;
  const volumes = new Map<string, Set<string>>();
  for (const { pv_name: pv, vg_name: group, lv_name: volume } of rows) {
    if (volume === '' || (groups.length > 0 && !groups.includes(group))) continue;
    volumes.set(pv, (volumes.get(pv) ?? new Set()).add(volume));
  }
  const shared = [...volumes].filter(([, names]) => names.size > 1);
  return shared.map(([pv, names]) => [pv, [...names].sort()]);
}

function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  return recover(CommandError, () => undefined, work);
}
