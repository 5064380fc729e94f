import { closeSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errorCode, errorReason, ignoringNow } from '../../base/errno.js';
import { until } from '../../base/retry.js';
import { stepDone } from '../kernel/steps.js';
import { ioctl, SyscallError, tryLock } from '../kernel/syscalls.js';
import { fileSystemFinder, type Mount } from '../proc/mount-table.js';
import { blockNumber, type DiskFile, identityAt, identityOf } from './disk-files.js';
import {
  BLOCK_DEVICES,
  loopNumber,
  NoLoopDeviceError,
  openLoop,
  openLoopControl,
} from './loop-nodes.js';
import { FREE, freeLoop, loopStatus } from './loop-status.js';

/** From linux/loop.h. */
const LOOP_CTL_ADD = 0x4c80;
const LOOP_CTL_GET_FREE = 0x4c82;
/** Instead of a number: whichever is not in use. */
const ANY_NUMBER = -1;
const LOOP_SET_CAPACITY = 0x4c07;
const LOOP_CONFIGURE = 0x4c0a;
const LO_FLAGS_READ_ONLY = 1;
const LO_FLAGS_AUTOCLEAR = 4;
const LO_FLAGS_DIRECT_IO = 16;
/** struct loop_config: fd, block_size, struct loop_info64, reserved. */
const LOOP_CONFIG_BYTES = 304;
const OFFSET_FD = 0;
const OFFSET_FLAGS = 60;
const OFFSET_FILE_NAME = 64;
const FILE_NAME_BYTES = 63;

/** How often another program may take the free device before us. */
const ATTEMPTS = 64;
/** How long the kernel may take to let go of a file after its device is gone from the lists. */
const FILE_RELEASE = { timeoutMs: 1_000, pollMs: 20 };

/** A loop device in one of its uses: freed and taken again, even over the same file, it is another one. */
export interface AttachedLoop {
  /** In /dev. */
  readonly path: string;
  /** The kernel's number of this use (`/sys/block/loopN/diskseq`), which no other has until the next boot. */
  readonly sequence: string;
}

/** A loop device over a disk that was asked for. */
export interface LoopOver extends AttachedLoop {
  readonly disk: DiskFile;
  /** For people: root inside a chroot can set it. */
  readonly label: string;
}

/** A loop device that may be over one of some disks. */
export interface LoopGuess {
  readonly path: string;
  /** What it is over, as the kernel calls it. */
  readonly file: string;
  /** Those whose path this is. */
  readonly named: readonly DiskFile[];
  /** Those on the same file system, whichever path was used. */
  readonly near: readonly DiskFile[];
  /** Only the end of the path agrees: seen from another mount namespace it may be the file, or one that hangs. */
  readonly isUnsure: boolean;
}

/** A loop device that is ours until `close`: after that it lives only as long as it is mounted or otherwise open. */
export interface LoopDevice extends AttachedLoop {
  close(): void;
}

/** Another loop device of ours is over the same file. */
export class FileInUseError extends Error {
  constructor(file: string) {
    super(`${file} is in use by another loop device`);
    this.name = 'FileInUseError';
  }
}

/**
 * Loop devices over disk image files.
 *
 * Unless it is to be persistent, a device is made with the kernel's autoclear flag: it goes with its last user, the
 * mount, so that not even SIGKILL or an error between two steps leaves one behind.
 */
export class LoopDevices {
  readonly #blockDevices: string;

  /** @param blockDevices where the kernel describes them */
  constructor({ blockDevices = BLOCK_DEVICES }: { blockDevices?: string } = {}) {
    this.#blockDevices = blockDevices;
  }

  /**
   * Makes a loop device over `file`, which may be a block device as well.
   *
   * @param name kept in the device's description (lo_file_name, its first 63 bytes), for people: whose disk this is
   * @param isPersistent whether it stays until it is detached, used or not
   * @param identity what the file must still be, see `DiskFile`
   * @throws FileInUseError
   * @throws NoLoopDeviceError
   */
  async attach(
    file: string,
    {
      name,
      isReadOnly,
      isPersistent = false,
      identity,
    }: { name: string; isReadOnly: boolean; isPersistent?: boolean; identity?: string },
  ): Promise<LoopDevice> {
    const flags = isReadOnly ? constants.O_RDONLY : constants.O_RDWR;
    const image = await open(file, flags | constants.O_NOFOLLOW);
    try {
      await lock(image.fd, file);
      const stats = await image.stat({ bigint: true });
      if (identity !== undefined && identityOf(stats) !== identity)
        throw new Error(`${file} has become another file`);
      // Over a block device the kernel would keep everything twice.
      const isDirect = stats.isBlockDevice();
      const config = loopConfig(
        image.fd,
        name,
        (isReadOnly ? LO_FLAGS_READ_ONLY : 0) |
          (isPersistent ? 0 : LO_FLAGS_AUTOCLEAR) |
          (isDirect ? LO_FLAGS_DIRECT_IO : 0),
      );
      const refused = new Set<number>();
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const free = askForNumber(LOOP_CTL_GET_FREE, 0);
        // Somebody holds it (O_EXCL) and does not use it: the kernel would name it again and again.
        const number = refused.has(free) ? askForNumber(LOOP_CTL_ADD, ANY_NUMBER) : free;
        const device = configure(number, config, flags);
        if (device !== undefined) {
          stepDone('loop device made', file);
          return { ...device, sequence: this.sequence(device.path) };
        }
        refused.add(number);
      }
    } finally {
      await image.close();
    }
    throw new NoLoopDeviceError(`others took each that was free (${ATTEMPTS} attempts)`);
  }

  /**
   * All loop devices that may be over any of the disks, whichever name a disk was opened by. Nothing is asked for this.
   *
   * The path of a file below a device counts only where a disk lies, on the same file system, or if it ends as that of a
   * disk does, as in another mount namespace: all other devices may hang when they are asked.
   */
  mayBeOver(disks: readonly DiskFile[], mounts: readonly Mount[]): LoopGuess[] {
    if (disks.length === 0) return [];
    const fileSystemAt = fileSystemFinder(mounts);
    const isNear = (file: string, disk: DiskFile) =>
      blockNumber(disk) === undefined
        ? fileSystemAt(file) === fileSystemAt(disk.path)
        : file.startsWith('/dev/');
    const isNamed = (file: string, disk: DiskFile) => disk.path === withoutMark(file);
    // Where no mount of ours leads to the file, the kernel names it from the root of the mount by which it was opened.
    const endsAlike = (file: string, disk: DiskFile) => disk.path.endsWith(withoutMark(file));
    return this.used().flatMap((path): LoopGuess[] => {
      const file = this.backingFile(path);
      if (file === undefined) return [];
      const named = disks.filter((disk) => isNamed(file, disk));
      if (named.length > 0) return [{ path, file, named, near: [], isUnsure: false }];
      const near = disks.filter((disk) => isNear(file, disk));
      const alike = disks.filter((disk) => endsAlike(file, disk));
      return [
        ...(near.length > 0 ? [{ path, file, named, near, isUnsure: false }] : []),
        ...(alike.length > 0 ? [{ path, file, named: alike, near: [], isUnsure: true }] : []),
      ];
    });
  }

  /** Those that really are over one of their disks. May hang as these do. */
  overAmong(guesses: readonly LoopGuess[]): LoopOver[] {
    return guesses.flatMap(({ path, file, named, near }) => {
      const found = named.length === 0 ? identityAt(file) : undefined;
      const likely = named.length > 0 ? named : near.filter(({ identity }) => identity === found);
      if (likely.length === 0) return [];
      const sequence = this.sequence(path);
      const { identity, label = '' } = loopStatus(path) ?? {};
      const disk = likely.find((each) => each.identity === identity);
      return disk === undefined ? [] : [{ path, sequence, label, disk }];
    });
  }

  /** Whether the loop device is still in that use. */
  isAttached({ path, sequence }: AttachedLoop): boolean {
    return this.backingFile(path) !== undefined && this.sequence(path) === sequence;
  }

  /**
   * Frees the device, unless anybody has it open or mounted: then it stays as it is, or with `isKept: false` goes with the
   * last of them.
   *
   * @returns whether it is free
   */
  detach(loop: AttachedLoop, { isKept = true } = {}): boolean {
    const file = this.backingFile(loop.path) ?? '';
    const isFreed = freeLoop(loop.path, () => this.isAttached(loop), { isKept });
    if (isFreed === true) stepDone('loop device freed', file);
    return isFreed !== false;
  }

  /** "major:minor" of the loop device at `path`. */
  number(path: string): string {
    return loopNumber(path);
  }

  /** See `AttachedLoop`; empty for a device that is not there. */
  sequence(path: string): string {
    return this.#read(path, 'diskseq') ?? '';
  }

  /** All loop devices that are in use: paths in /dev. */
  used(): string[] {
    // A machine may have hundreds that are free; to learn that by the error of a read takes ten times as long.
    return this.#names()
      .filter((name) => name.startsWith('loop') && existsSync(`${this.#blockDevices}/${name}/loop`))
      .map((name) => `/dev/${name}`);
  }

  /** Makes the device at `path` as large as its file. */
  resize(path: string): void {
    const fd = openLoop(path, constants.O_RDONLY);
    try {
      ioctl(fd, LOOP_SET_CAPACITY, 0);
      stepDone('loop device resized', path);
    } finally {
      closeSync(fd);
    }
  }

  /** Whether the loop device at `path` goes with its last user, as those that we make for a mount do. */
  isAutoclear(path: string): boolean {
    return this.#read(path, 'loop/autoclear') === '1';
  }

  /** The file that the loop device at `path` is over; undefined for a free one and for any other device. */
  backingFile(path: string): string | undefined {
    const bytes = this.backingBytes(path);
    return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString();
  }

  /** The same, one character a byte, as mount points are written (`byteString`): not every name is UTF-8. */
  backingBytes(path: string): string | undefined {
    return this.#read(path, 'loop/backing_file');
  }

  /** The directory comes with the first device: a machine that has just booted may have none. */
  #names(): string[] {
    try {
      return readdirSync(this.#blockDevices);
    } catch (error) {
      // Without sysfs nothing is known about what there is.
      if (errorCode(error) !== 'ENOENT' || !existsSync(dirname(this.#blockDevices))) throw error;
      return [];
    }
  }

  /** Undefined when the device is free, or was freed just now. One character a byte. */
  #read(path: string, file: string): string | undefined {
    const text = ignoringNow(FREE, () =>
      readFileSync(`${this.#blockDevices}/${basename(path)}/${file}`, 'latin1'),
    );
    return text?.replace(/\n$/, '');
  }
}

/** Without what the kernel adds when the file has lost its name. */
function withoutMark(file: string): string {
  return file.replace(/ \(deleted\)$/, '');
}

/**
 * The device keeps our open file, and so the lock on it, for as long as it lives. Unlike a look at the devices that
 * there are, this leaves no moment in between, and knows a file by whichever of its names.
 */
async function lock(fd: number, file: string): Promise<void> {
  if (!(await until(() => tryLock(fd), FILE_RELEASE))) throw new FileInUseError(file);
}

function loopConfig(fd: number, name: string, flags: number): Buffer {
  const config = Buffer.alloc(LOOP_CONFIG_BYTES);
  config.writeUInt32LE(fd, OFFSET_FD);
  config.writeUInt32LE(flags, OFFSET_FLAGS);
  config.write(name, OFFSET_FILE_NAME, FILE_NAME_BYTES);
  return config;
}

/** One attempt; undefined when somebody else has taken the device that was free a moment ago. */
function configure(
  number: number,
  config: Buffer,
  flags: number,
): Omit<LoopDevice, 'sequence'> | undefined {
  const path = `/dev/loop${number}`;
  const fd = opened(path, () => openLoop(path, flags));
  try {
    ioctl(fd, LOOP_CONFIGURE, config);
  } catch (error) {
    closeSync(fd);
    if (error instanceof SyscallError && error.code === 'EBUSY') return undefined;
    throw error;
  }
  return {
    path,
    close: () => {
      closeSync(fd);
    },
  };
}

/** The number of a device that nobody uses yet. */
function askForNumber(request: number, argument: number): number {
  const control = opened('/dev/loop-control', openLoopControl);
  try {
    return ioctl(control, request, argument);
  } finally {
    closeSync(control);
  }
}

function opened(path: string, open: () => number): number {
  try {
    return open();
  } catch (error) {
    if (error instanceof NoLoopDeviceError) throw error;
    throw new NoLoopDeviceError(`${path} can't be opened: ${errorReason(error)}`, { cause: error });
  }
}
