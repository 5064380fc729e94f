import { BlockDeviceError } from '../../base/errors.js';

/** Deviation: neither empty nor with a hyphen in front, which LVM refuses too and tools would take for an option. */
const NAME = /^[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]*$/;
const RESERVED = ['.', '..', 'snapshot', 'pvmove'];
const RESERVED_PARTS = ['_mlog', '_mimage'];

/** Whether a group or a volume may have this name (Ganeti: LogicalVolume._ValidateName). */
export function isLvmName(name: string): boolean {
  const isReserved = RESERVED.includes(name) || RESERVED_PARTS.some((part) => name.includes(part));
  return NAME.test(name) && !isReserved;
}

/** @throws BlockDeviceError */
export function checkLvmName(name: string): void {
  if (!isLvmName(name)) throw new BlockDeviceError(`Invalid LVM name '${name}'`);
}
