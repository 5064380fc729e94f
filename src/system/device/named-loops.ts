import { closeSync, constants } from 'node:fs';
import { errorCode } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import { ioctl } from '../kernel/syscalls.js';
import type { LoopDevices } from './loop-devices.js';
import { loopNumber, NoLoopDeviceError, openLoop } from './loop-nodes.js';

/** From linux/loop.h. */
const LOOP_CLR_FD = 0x4c01;
const LOOP_SET_STATUS64 = 0x4c04;
const LOOP_GET_STATUS64 = 0x4c05;
const LO_FLAGS_AUTOCLEAR = 4;
/** struct loop_info64. */
const LOOP_INFO_BYTES = 232;
const OFFSET_FLAGS = 52;
const OFFSET_FILE_NAME = 56;
const FILE_NAME_BYTES = 64;

/** What opening or asking fails with when the device is free, or is being freed. */
const FREE = ['ENXIO', 'ENOENT', 'ENODEV'];

/** A loop device, found by the name that it was given. */
export interface NamedLoop {
  /** In /dev. */
  readonly path: string;
  readonly name: string;
  /** What it is over. */
  readonly file: string;
  /** "major:minor". */
  readonly device: string;
}

/**
 * Loop devices that stay until they are detached, also when we are gone: the kernel keeps their names, by which the
 * next daemon finds them again.
 */
export class NamedLoops {
  readonly #loopDevices: LoopDevices;

  constructor({ loopDevices }: { loopDevices: LoopDevices }) {
    this.#loopDevices = loopDevices;
  }

  /** All whose name begins with `prefix`. */
  list(prefix: string): NamedLoop[] {
    return this.#loopDevices.used().flatMap((path) => this.#describe(path, prefix) ?? []);
  }

  async attach(
    file: string,
    { name, isReadOnly }: { name: string; isReadOnly: boolean },
  ): Promise<NamedLoop> {
    const loop = await this.#loopDevices.attach(file, { name, isReadOnly, isPersistent: true });
    loop.close();
    const { path } = loop;
    return { path, name, file, device: loopNumber(path) };
  }

  /**
   * Frees the device, unless anybody has it open or mounted: then it stays as it is.
   *
   * @returns whether it is free
   */
  detach({ path, name, file }: NamedLoop): boolean {
    const fd = openIfThere(path);
    if (fd === undefined) return true;
    try {
      if (nameIn(statusOf(fd)) !== name) return true;
      if (!clear(fd)) return false;
    } finally {
      closeSync(fd);
    }
    stepDone('loop device freed', file);
    return true;
  }

  /**
   * Undefined for a device that is free or has another name; also for one whose node can't be had: in a container that
   * may not make nodes it is the host's.
   */
  #describe(path: string, prefix: string): NamedLoop | undefined {
    const fd = openIfUsable(path);
    if (fd === undefined) return undefined;
    try {
      const name = nameIn(statusOf(fd));
      const file = name?.startsWith(prefix) ? this.#loopDevices.backingFile(path) : undefined;
      if (name === undefined || file === undefined) return undefined;
      return { path, name, file, device: loopNumber(path) };
    } finally {
      closeSync(fd);
    }
  }
}

/**
 * While others have the device open the kernel does not refuse, but will free it when the last of them closes it; that
 * promise is taken back. Nothing can happen in between: we have it open as well.
 */
function clear(fd: number): boolean {
  ioctl(fd, LOOP_CLR_FD, 0);
  const status = statusOf(fd);
  if (status === undefined) return true;
  status.writeUInt32LE(status.readUInt32LE(OFFSET_FLAGS) & ~LO_FLAGS_AUTOCLEAR, OFFSET_FLAGS);
  ioctl(fd, LOOP_SET_STATUS64, status);
  return false;
}

/** Undefined for a device that is free. */
function statusOf(fd: number): Buffer | undefined {
  const status = Buffer.alloc(LOOP_INFO_BYTES);
  return ifThere(() => {
    ioctl(fd, LOOP_GET_STATUS64, status);
    return status;
  });
}

function nameIn(status: Buffer | undefined): string | undefined {
  const bytes = status?.subarray(OFFSET_FILE_NAME, OFFSET_FILE_NAME + FILE_NAME_BYTES);
  return bytes?.toString('utf8').replace(/\0.*$/s, '');
}

function openIfThere(path: string): number | undefined {
  return ifThere(() => openLoop(path, constants.O_RDONLY));
}

function openIfUsable(path: string): number | undefined {
  try {
    return openIfThere(path);
  } catch (error) {
    if (error instanceof NoLoopDeviceError) return undefined;
    throw error;
  }
}

function ifThere<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (FREE.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
