import { BlockDeviceError } from '../../base/errors.js';
import { failWith, rpcFailureOf, translate } from '../../base/translate.js';
import type { Disk, Instance } from '../../generated/objects.js';

/** The result of `work`; a failure of a disk is the whole answer, behind `prefix`. */
export function failWithPrefix<T>(prefix: string, work: () => T | Promise<T>): Promise<T> {
  return failWith(prefix, ['block-device'], work);
}

/** Like `failWithPrefix`, but without one. */
export function failBare<T>(work: () => T | Promise<T>): Promise<T> {
  return translate(BlockDeviceError, (error) => rpcFailureOf(error), work);
}

/** What a user knows a disk by: its name in the instance, and its path if it has one. */
export function nameOf({ iv_name: name, logical_id: logicalId, dev_type: template }: Disk): string {
  const path = logicalId.at(-1);
  const place = typeof path === 'string' ? path : template;
  return name === undefined ? place : `${name} (${place})`;
}

/** Ganeti: BlockDev.GetUserspaceAccessUri, which none of the templates served has. */
export function refuseUserspaceAccess(
  { params, dev_type: template }: Disk,
  { hypervisor }: Instance,
): void {
  if (params?.['access'] !== 'userspace') return;
  throw new BlockDeviceError(
    `Userspace access with ${template} block device and ${hypervisor} hypervisor is not supported.`,
  );
}
