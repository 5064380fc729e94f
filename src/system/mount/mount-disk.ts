import { constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { errorCode, errorReason } from '../../base/errno.js';
import { identityOf } from '../device/disk-files.js';
import { type AttachedLoop, type LoopDevice, LoopDevices } from '../device/loop-devices.js';
import {
  attachMount,
  createFileSystem,
  makePrivate,
  messagesOf,
  mountNowhere,
  openFileSystem,
  setOption,
} from '../kernel/mount-syscalls.js';
import { stepDone } from '../kernel/steps.js';
import { ioctl } from '../kernel/syscalls.js';
import { O_PATH, withOpen } from '../proc/open-directories.js';
import {
  FILE_SYSTEMS,
  type FileSystemKind,
  fileSystemKind,
  HEAD_BYTES,
  partitionTable,
} from './file-system-kind.js';

/** linux/fs.h: whether a block device is write-protected. */
const BLKROGET = 0x125e;
/** Whose device number is none of a disk. */
const MANY_DISKS = 'btrfs';
/** What the kernel means by these when it mounts. */
const REASONS: Readonly<Record<string, string>> = {
  EBUSY: 'the disk is in use already, or mounted in another way',
  EINVAL: "what is on the disk is damaged, or has features that this kernel's driver lacks",
  ENODEV: 'this kernel has no driver for it',
  EUCLEAN: 'the file system on the disk is damaged',
};

/** What is to be mounted, and where. */
export interface DiskMount {
  /** A regular file or a block device. */
  readonly disk: string;
  /** What the disk must still be, see `DiskFile`. */
  readonly identity: string;
  /** A directory whose path is trusted. */
  readonly target: string;
  /** What a loop device over a file is called. */
  readonly name: string;
  readonly isReadOnly: boolean;
}

/** The loop device below a mount; a block device needs none. */
export interface MountedDisk {
  readonly loop?: AttachedLoop;
}

/** Why a disk can't be mounted: what is on it, or what the kernel says. */
export class MountError extends Error {
  /** Whether it is this process that may not, whatever the disk is. */
  readonly isForbidden: boolean;

  constructor(
    message: string,
    { cause, isForbidden = false }: ErrorOptions & { isForbidden?: boolean } = {},
  ) {
    super(message, { cause });
    this.name = 'MountError';
    this.isForbidden = isForbidden;
  }
}

/**
 * Mounts a disk, privately: what is mounted below does not spread. A file is mounted through a loop device which only the
 * mount keeps.
 *
 * What is mounted is looked at through a descriptor first, and is put onto the directory as the last step: a process that
 * is killed before leaves nothing.
 *
 * @throws MountError; or a system error, FileInUseError, NoLoopDeviceError when the disk itself can't be had
 */
export async function mountDisk(request: DiskMount): Promise<MountedDisk> {
  const { disk, target, isReadOnly } = request;
  const loop = await loopOver(request);
  try {
    const path = loop?.path ?? disk;
    withOpen(openSync(path, constants.O_RDONLY), (device) => {
      if (loop === undefined) checkBlockDevice(request, device);
      const kind = kindOf(device);
      withOpen(mounted(path, kind, isReadOnly), (mount) => {
        checkSame(device, mount, kind);
        attach(mount, target);
      });
    });
    return loop === undefined ? {} : { loop: { path: loop.path, sequence: loop.sequence } };
  } finally {
    loop?.close();
  }
}

async function loopOver({
  disk,
  name,
  identity,
  isReadOnly,
}: DiskMount): Promise<LoopDevice | undefined> {
  if (!statSync(disk).isFile()) return undefined;
  return new LoopDevices().attach(disk, { name, identity, isReadOnly });
}

function checkBlockDevice({ disk, identity, isReadOnly }: DiskMount, device: number): void {
  if (identityOf(fstatSync(device, { bigint: true })) !== identity)
    throw new MountError(`${disk} has become another disk`);
  const isProtected = Buffer.alloc(4);
  ioctl(device, BLKROGET, isProtected);
  if (!isReadOnly && isProtected.readInt32LE() !== 0)
    throw new MountError('it is write-protected, and the instance is to write to it');
}

function kindOf(device: number): FileSystemKind {
  const head = Buffer.alloc(HEAD_BYTES);
  const length = readHead(device, head);
  const kind = fileSystemKind(head.subarray(0, length));
  if (kind !== undefined) return kind;
  const table = partitionTable(head);
  if (table === undefined)
    throw new MountError(`it holds no file system of a known kind (${FILE_SYSTEMS.join(', ')})`);
  throw new MountError(
    `it has a partition table (${table}): the file system of a chroot must lie on the disk itself.` +
      ' Install it without partitions; of instance-debootstrap that is PARTITION_STYLE="none"',
  );
}

function readHead(device: number, head: Buffer): number {
  try {
    return readSync(device, head, 0, head.length, 0);
  } catch (error) {
    throw new MountError(`it can't be read: ${errorReason(error)}`, { cause: error });
  }
}

/** A mount that is nowhere yet. */
function mounted(source: string, { type, options }: FileSystemKind, isReadOnly: boolean): number {
  return withOpen(
    kernelSays(type, () => openFileSystem(type)),
    (fileSystem) =>
      kernelSays(
        type,
        () => {
          setOption(fileSystem, 'source', source);
          for (const [key, value] of options) setOption(fileSystem, key, value);
          if (isReadOnly) setOption(fileSystem, 'ro');
          createFileSystem(fileSystem);
          return mountNowhere(fileSystem, { isReadOnly });
        },
        () => messagesOf(fileSystem),
      ),
  );
}

/** The result of `work`, or a failure in the kernel's own words where there are any. */
function kernelSays<T>(type: string, work: () => T, messages: () => string[] = () => []): T {
  try {
    return work();
  } catch (error) {
    const words = messages();
    const code = errorCode(error) ?? '';
    const reason = words.length > 0 ? words.join('; ') : (REASONS[code] ?? errorReason(error));
    const isForbidden = ['EPERM', 'EACCES'].includes(code);
    throw new MountError(`${type}: ${reason}`, { cause: error, isForbidden });
  }
}

/** The path was followed a second time by the kernel. */
function checkSame(device: number, mount: number, { type }: FileSystemKind): void {
  if (type !== MANY_DISKS && fstatSync(mount).dev !== fstatSync(device).rdev)
    throw new MountError('another disk took its name at the same time');
}

function attach(mount: number, target: string): void {
  const flags = O_PATH | constants.O_NOFOLLOW | constants.O_DIRECTORY;
  withOpen(openSync(target, flags), (directory) => {
    attachMount(mount, directory);
    makePrivate(mount);
  });
  stepDone('disk mounted', target);
}
