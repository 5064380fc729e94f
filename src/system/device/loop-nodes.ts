import { openSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { errorCode, errorReason } from '../../base/errno.js';
import { makeNode, type NodeKind } from '../kernel/syscalls.js';
import { deviceNumber } from './device-numbers.js';

/**
 * The device nodes `/dev/loop-control` and `/dev/loopN`.
 *
 * On a host the kernel makes them (devtmpfs). A container has a /dev of its own, where those are missing that were made
 * after its start: we make them, as the kernel does. They stay, for the device that they are about stays as well: the
 * kernel keeps a free loop device for the next user, who needs its node again.
 */

/** Where the kernel describes block devices without hardware; not /sys/block, whose links it would have to follow. */
export const BLOCK_DEVICES = '/sys/devices/virtual/block';

const CONTROL = '/dev/loop-control';
/** The kernel's devices.txt; by this number the kernel finds the module that it has to load. */
const CONTROL_DEVICE = '10:237';

/** This machine has no loop device for us: nothing that the file or its disk could be blamed for. */
export class NoLoopDeviceError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`no loop device is available: ${reason}`, options);
    this.name = 'NoLoopDeviceError';
  }
}

/** @throws a system error or NoLoopDeviceError */
export function openLoopControl(): number {
  ensureNode(CONTROL, 'character', CONTROL_DEVICE);
  return openSync(CONTROL, 'r+');
}

/**
 * Opens the loop device `path`, which is `/dev/loopN`.
 *
 * @throws a system error, ENOENT when there is no such device; or NoLoopDeviceError
 */
export function openLoop(path: string, flags: number): number {
  ensureNode(path, 'block', loopNumber(path));
  return openSync(path, flags);
}

/** "major:minor" of a loop device, which the kernel knows with and without a node. */
export function loopNumber(path: string): string {
  return readFileSync(`${BLOCK_DEVICES}/${basename(path)}/dev`, 'utf8').trim();
}

/** Looks before the node is opened: that may load a module, or do whatever else another device does then. */
function ensureNode(path: string, kind: NodeKind, device: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    makeMissing(path, kind, device);
    return;
  }
  const isKind = kind === 'block' ? stats.isBlockDevice() : stats.isCharacterDevice();
  if (!isKind || deviceNumber(stats.rdev) !== device)
    throw new NoLoopDeviceError(`${path} is not the ${kind} device ${device} of that name`);
}

function makeMissing(path: string, kind: NodeKind, device: string): void {
  try {
    makeNode(path, kind, device, 0o600);
  } catch (error) {
    // Another of our processes was quicker, or the kernel itself.
    if (errorCode(error) === 'EEXIST') return;
    throw new NoLoopDeviceError(`${path} is missing, and can't be made: ${errorReason(error)}`, {
      cause: error,
    });
  }
}
