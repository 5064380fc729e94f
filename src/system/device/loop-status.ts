import { closeSync, constants } from 'node:fs';
import { ignoringNow } from '../../base/errno.js';
import { ioctl, SyscallError } from '../kernel/syscalls.js';
import { deviceNumber } from './device-numbers.js';
import { deviceIdentity, fileIdentity } from './disk-files.js';
import { NoLoopDeviceError, openLoop } from './loop-nodes.js';

/**
 * What loop devices are asked through their nodes. The kernel asks the file system below: one that hangs makes these
 * calls hang.
 */

/** From linux/loop.h. */
const LOOP_CLR_FD = 0x4c01;
const LOOP_SET_STATUS64 = 0x4c04;
const LOOP_GET_STATUS64 = 0x4c05;
const LO_FLAGS_AUTOCLEAR = 4;
/** struct loop_info64. */
const LOOP_INFO_BYTES = 232;
const OFFSET_DEVICE = 0;
const OFFSET_INODE = 8;
const OFFSET_BLOCK_DEVICE = 16;
const OFFSET_FLAGS = 52;
const OFFSET_FILE_NAME = 56;
const FILE_NAME_BYTES = 64;

/** What opening or asking fails with when the device is free, or is being freed. */
export const FREE = ['ENXIO', 'ENOENT', 'ENODEV'];

export interface LoopStatus {
  /** Of the file or block device that it is over, see `DiskFile`. */
  readonly identity: string;
  /** For people: anyone who may open the device can set it. */
  readonly label: string;
}

/**
 * Undefined for a device that is free, or whose file system is gone; also for one whose node can't be had: in a container
 * that may not make nodes it is the host's.
 */
export function loopStatus(path: string): LoopStatus | undefined {
  const fd = openIfUsable(path);
  if (fd === undefined) return undefined;
  try {
    const status = statusOf(fd);
    if (status === 'unknown') return undefined;
    return status && { identity: identityIn(status), label: labelIn(status) };
  } finally {
    closeSync(fd);
  }
}

/**
 * Frees the device if nobody has it open or mounted.
 *
 * While others have it open the kernel does not refuse, but will free it when the last of them closes it. With
 * `isKept` that promise is taken back. Nothing can happen in between: we have it open as well.
 *
 * @param isStillIt asked while we have it open: before, it may have become another one
 * @returns whether it was freed; undefined when it is no longer the one that is meant
 */
export function freeLoop(
  path: string,
  isStillIt: () => boolean,
  { isKept }: { isKept: boolean },
): boolean | undefined {
  const fd = ignoringNow(FREE, () => openLoop(path, constants.O_RDONLY));
  if (fd === undefined) return undefined;
  try {
    return isStillIt() ? clear(fd, isKept) : undefined;
  } finally {
    closeSync(fd);
  }
}

function clear(fd: number, isKept: boolean): boolean {
  const isThere = ignoringNow(FREE, () => ioctl(fd, LOOP_CLR_FD, 0)) !== undefined;
  const status = isThere ? statusOf(fd) : undefined;
  if (status === undefined) return true;
  if (isKept && status !== 'unknown') {
    status.writeUInt32LE(status.readUInt32LE(OFFSET_FLAGS) & ~LO_FLAGS_AUTOCLEAR, OFFSET_FLAGS);
    ioctl(fd, LOOP_SET_STATUS64, status);
  }
  return false;
}

/** Undefined for a device that is free; "unknown" when the file system below does not say what it is over. */
function statusOf(fd: number): Buffer | 'unknown' | undefined {
  const status = Buffer.alloc(LOOP_INFO_BYTES);
  try {
    return ignoringNow(FREE, () => {
      ioctl(fd, LOOP_GET_STATUS64, status);
      return status;
    });
  } catch (error) {
    if (error instanceof SyscallError) return 'unknown';
    throw error;
  }
}

function identityIn(status: Buffer): string {
  const number = (offset: number) => deviceNumber(Number(status.readBigUInt64LE(offset)));
  return status.readBigUInt64LE(OFFSET_BLOCK_DEVICE) === 0n
    ? fileIdentity(number(OFFSET_DEVICE), status.readBigUInt64LE(OFFSET_INODE))
    : deviceIdentity(number(OFFSET_BLOCK_DEVICE));
}

function labelIn(status: Buffer): string {
  const bytes = status.subarray(OFFSET_FILE_NAME, OFFSET_FILE_NAME + FILE_NAME_BYTES);
  return bytes.toString('utf8').replace(/\0.*$/s, '');
}

function openIfUsable(path: string): number | undefined {
  try {
    return ignoringNow(FREE, () => openLoop(path, constants.O_RDONLY));
  } catch (error) {
    if (error instanceof NoLoopDeviceError) return undefined;
    throw error;
  }
}
