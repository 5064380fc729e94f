import { type BigIntStats, closeSync, constants, openSync, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { errorCode } from '../../base/errno.js';
import { deviceNumber } from './device-numbers.js';

const BLOCK_DEVICE = 'device ';

/** A disk as the kernel knows it, whichever of its names was used. */
export interface DiskFile {
  /** Without symbolic links. */
  readonly path: string;
  /** What the disk is: `device 253:3` for a block device, `file 8:1 1234` (device and inode) for an image. */
  readonly identity: string;
}

/**
 * The disk at `path`; undefined for what is neither a file nor a block device.
 *
 * @throws a system error
 */
export async function findDiskFile({ path }: { path: string }): Promise<DiskFile | undefined> {
  const found = await realpath(path);
  const identity = identityOf(await stat(found, { bigint: true }));
  return identity === undefined ? undefined : { path: found, identity };
}

export function identityOf(stats: BigIntStats): string | undefined {
  if (stats.isBlockDevice()) return deviceIdentity(deviceNumber(Number(stats.rdev)));
  return stats.isFile() ? fileIdentity(deviceNumber(Number(stats.dev)), stats.ino) : undefined;
}

/** Undefined also when it can't be looked at. */
export function identityAt(path: string): string | undefined {
  try {
    return identityOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** @param number "major:minor" */
export function deviceIdentity(number: string): string {
  return BLOCK_DEVICE + number;
}

/** @param device "major:minor" of the file system */
export function fileIdentity(device: string, inode: bigint): string {
  return `file ${device} ${inode}`;
}

/** "major:minor" of a block device; undefined for an image. */
export function blockNumber({ identity }: Pick<DiskFile, 'identity'>): string | undefined {
  return identity.startsWith(BLOCK_DEVICE) ? identity.slice(BLOCK_DEVICE.length) : undefined;
}

/** Whether a block device is mounted, in whichever mount namespace, or part of another device. */
export function isClaimed({ path }: { path: string }): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK));
  } catch (error) {
    return errorCode(error) === 'EBUSY';
  }
  return false;
}
