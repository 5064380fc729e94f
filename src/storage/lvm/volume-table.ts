import { BlockDeviceError } from '../../base/errors.js';
import { parsedNumber } from './numbers.js';
import type { LvmTools } from './tools.js';

const FIELDS = [
  'vg_name',
  'lv_name',
  'lv_attr',
  'lv_kernel_major',
  'lv_kernel_minor',
  'vg_extent_size',
  'stripes',
  'devices',
] as const;
const SHORTEST_ATTRIBUTES = 6;

/** What LVM knows of a logical volume. */
export interface VolumeState {
  /** Nothing is behind it: a disk is lost, and `vgreduce --removemissing` was run. */
  readonly isVirtual: boolean;
  /** -1 while the volume is not active. */
  readonly major: number;
  readonly minor: number;
  readonly extentKiB: number;
  readonly stripes: number;
  /** The devices on which it lies. */
  readonly pvNames: readonly string[];
}

/**
 * All logical volumes, by `group/volume` (Ganeti: LogicalVolume.GetLvGlobalInfo).
 *
 * Deviation: that they cannot be listed is a failure. To Ganeti no volume exists then, and one that was to be removed
 * counts as removed.
 *
 * @throws BlockDeviceError
 */
export async function readVolumeTable(lvm: LvmTools): Promise<ReadonlyMap<string, VolumeState>> {
  const rows = await lvm.reportFor("Can't list logical volumes", 'lvs', FIELDS, { unit: 'k' });
  const table = new Map<string, VolumeState>();
  for (const row of rows) {
    const name = `${row.vg_name}/${row.lv_name}`;
    table.set(name, joined(table.get(name), stateOf(row)));
  }
  return table;
}

/**
 * A volume of several segments has a row for each; new space is added to the last one.
 *
 * Deviation: Ganeti knows only the devices of the last one.
 */
function joined(former: VolumeState | undefined, last: VolumeState): VolumeState {
  return { ...last, pvNames: [...new Set([...(former?.pvNames ?? []), ...last.pvNames])] };
}

/** Ganeti: LogicalVolume._ParseLvInfoLine */
function stateOf(row: Record<(typeof FIELDS)[number], string>): VolumeState {
  if (row.lv_attr.length < SHORTEST_ATTRIBUTES)
    throw new BlockDeviceError(
      `lvs lv_attr is not at least ${SHORTEST_ATTRIBUTES} characters (${row.lv_attr})`,
    );
  return {
    isVirtual: row.lv_attr.startsWith('v'),
    major: parsedNumber('lvs', row.lv_kernel_major),
    minor: parsedNumber('lvs', row.lv_kernel_minor),
    extentKiB: Math.trunc(parsedNumber('lvs', row.vg_extent_size)),
    stripes: parsedNumber('lvs', row.stripes),
    pvNames: row.devices === '' ? [] : row.devices.split(',').map(deviceName),
  };
}

/** `/dev/sda1(0)` says where on the device the volume begins. */
function deviceName(device: string): string {
  const name = /^([^ ()]+)\(\d+\)$/.exec(device)?.[1];
  if (name === undefined) throw new BlockDeviceError(`Can't parse this device list: ${device}`);
  return name;
}
