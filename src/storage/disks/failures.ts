import { BlockDeviceError, failWith, RpcFailure } from '../../base/errors.js';
import type { Disk, Instance } from '../../generated/objects.js';

/** Runs `action`, and sends a failure of a disk to the caller behind `prefix`. */
export function failing<T>(prefix: string, action: () => Promise<T>): Promise<T> {
  return failWith(prefix, ['block-device'], action);
}

/** Runs `action`, and sends a failure of a disk to the caller as it is. */
export async function failingBare<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof BlockDeviceError)) throw error;
    throw new RpcFailure(error.message, { kind: error.kind, cause: error, data: error.data });
  }
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
