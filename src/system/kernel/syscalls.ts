import { constants as files } from 'node:fs';
import { constants } from 'node:os';
import koffi from 'koffi';
import { packedDeviceNumber } from '../device/device-numbers.js';

/**
 * The system calls that neither Node.js nor a program of Debian's base system gives us.
 *
 * What can wait for a disk (mount, umount, open, ioctl) is made in helper processes only, which can be given up.
 */

/** Same numbers on every architecture: these came after the kernel's tables were unified. */
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;
const SYS_OPENAT2 = 437;

/** kcmp(2) has another number on each of the older architectures. */
const SYS_KCMP: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 312,
  ia32: 349,
  arm64: 272,
  arm: 378,
  riscv64: 272,
  loong64: 272,
  s390x: 343,
  ppc64: 354,
};
/** linux/kcmp.h. */
const KCMP_FILES = 2;
const KCMP_FS = 3;

const UMOUNT_NOFOLLOW = 8;
/** linux/mount.h. */
const MS_NOSUID = 1 << 1;
const MS_NOEXEC = 1 << 3;
const MS_REC = 1 << 14;
const MS_PRIVATE = 1 << 18;
/** linux/stat.h. */
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFIFO = 0o010000;
/** asm-generic/ioctls.h: how much can be read at once. */
const FIONREAD = 0x541b;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const O_RDONLY = 0;
const O_CLOEXEC = 0o2000000;
/** linux/prctl.h. */
const PR_SET_PDEATHSIG = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** struct pollfd: descriptor, events, what has happened. */
const POLLFD_BYTES = 8;
const OFFSET_EVENTS = 4;
const POLLPRI = 2;
/** linux/openat2.h: flags, mode, how to resolve. */
const OPEN_HOW_BYTES = 24;
const OFFSET_RESOLVE = 16;
/** RESOLVE_NO_MAGICLINKS and RESOLVE_NO_SYMLINKS. */
const RESOLVE_NO_LINKS = 0x02n | 0x04n;
/** O_PATH, O_DIRECTORY, O_CLOEXEC; the second differs between architectures. */
const O_PATH_DIRECTORY = 0o10000000 | files.O_DIRECTORY | O_CLOEXEC;

/** linux/fcntl.h and linux/stat.h. */
const AT_FDCWD = -100;
const AT_NO_AUTOMOUNT = 0x800;
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_NLINK = 4;
const STATX_BYTES = 256;
const STATX_ATTR_MOUNT_ROOT = 0x2000n;
const OFFSET_ATTRIBUTES = 8;
const OFFSET_LINKS = 16;
const OFFSET_DEVICE_MAJOR = 136;
const OFFSET_DEVICE_MINOR = 140;
const OFFSET_MOUNT_ID = 144;
/** linux/fs.h. */
const RENAME_NOREPLACE = 1;
const SEEK_DATA = 3;

const libc = koffi.load('libc.so.6');
const openat2Call = libc.func(
  'long syscall(long number, int dirfd, const uint8_t *path, void *how, ulong size)',
);
const ioctlWithNumber = libc.func('int ioctl(int fd, unsigned long request, intptr_t argument)');
const ioctlWithBuffer = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
const pidfdOpenCall = libc.func('long syscall(long number, int pid, unsigned int flags)');
const pidfdSendSignalCall = libc.func(
  'long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)',
);
const kcmpCall = libc.func(
  'long syscall(long number, int pid1, int pid2, int type, ulong idx1, ulong idx2)',
);
const mountCall = libc.func(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)',
);
const umount2Call = libc.func('int umount2(const uint8_t *target, int flags)');
const mknodCall = libc.func('int mknod(const char *path, unsigned int mode, uint64_t device)');
const statxCall = libc.func(
  'int statx(int dirfd, const char *path, int flags, unsigned int mask, void *result)',
);
const openCall = libc.func('int open(const char *path, int flags)');
const fcntlCall = libc.func('int fcntl(int fd, int command, int argument)');
const pollCall = libc.func('int poll(void *descriptors, ulong count, int timeout)');
const flockCall = libc.func('int flock(int fd, int operation)');
const renameCall = libc.func(
  'int renameat2(int olddir, const char *from, int newdir, const char *to, unsigned int flags)',
);
const seekCall = libc.func('int64_t lseek(int fd, int64_t offset, int whence)');
const prctlCall = libc.func('int prctl(int option, unsigned long argument)');

/** A system call's failure, with the same `code` as Node's own (`EBUSY`, …). */
export class SyscallError extends Error {
  readonly syscall: string;
  readonly code: string;
  /** Negative, as Node has it. */
  readonly errno: number;

  constructor(syscall: string, errno: number) {
    const code = errnoName(errno);
    super(`${syscall}: ${code}`);
    this.name = 'SyscallError';
    this.syscall = syscall;
    this.code = code;
    this.errno = -errno;
  }
}

/** asm-generic/errno.h: what a damaged file system fails with; Node.js has no name for it. */
const FURTHER_ERRNOS = { EUCLEAN: 117 };

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  // Of several names for one number the first, as Node.js has it.
  Object.entries({ ...constants.errno, ...FURTHER_ERRNOS })
    .map(([name, number]) => [number, name] as const)
    .reverse(),
);

function errnoName(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
}

/** @throws SyscallError when `result`, just returned by the system call, says that it failed */
export function checked(syscall: string, result: unknown): number {
  const value = Number(result);
  if (value < 0) throw new SyscallError(syscall, koffi.errno());
  return value;
}

/** Like `checked`, but undefined for an error with one of the `codes`. */
function unless(codes: readonly string[], syscall: string, result: unknown): number | undefined {
  if (Number(result) < 0 && codes.includes(errnoName(koffi.errno()))) return undefined;
  return checked(syscall, result);
}

/** ioctl(2) with a number or with a structure that the kernel reads or fills in. */
export function ioctl(fd: number, request: number, argument: number | Buffer): number {
  const call = typeof argument === 'number' ? ioctlWithNumber : ioctlWithBuffer;
  return checked('ioctl', call(fd, request, argument));
}

/**
 * pidfd_open(2): a descriptor that means this process and never another one that gets its number later.
 *
 * @throws SyscallError `ESRCH` when there is no such process
 */
export function pidfdOpen(pid: number): number {
  return checked('pidfd_open', pidfdOpenCall(SYS_PIDFD_OPEN, pid, 0));
}

/** pidfd_send_signal(2). */
export function pidfdSendSignal(pidfd: number, signal: NodeJS.Signals): void {
  const number = constants.signals[signal];
  checked('pidfd_send_signal', pidfdSendSignalCall(SYS_PIDFD_SEND_SIGNAL, pidfd, number, null, 0));
}

/**
 * kcmp(2): whether two threads share their open files, their root and their working directory. False as well where the
 * kernel does not tell.
 */
export function usesTheSame(thread: number, other: number): boolean {
  const number = SYS_KCMP[process.arch];
  if (number === undefined) return false;
  return [KCMP_FILES, KCMP_FS].every(
    (type) => Number(kcmpCall(number, thread, other, type, 0, 0)) === 0,
  );
}

/** umount2(2) that refuses a symbolic link as the last part of `path`. May block: not for the daemon's own process. */
export function unmountNoFollow(path: Buffer): void {
  checked('umount2', umount2Call(Buffer.concat([path, Buffer.of(0)]), UMOUNT_NOFOLLOW));
}

/**
 * mount(2) with MS_PRIVATE, for the mount at `path` and all mounts on it, the hidden ones too. What is unmounted there
 * stays mounted elsewhere then. Nothing happens when no mount is at `path`.
 */
export function makeTreePrivate(path: string): void {
  const result: unknown = mountCall(null, path, null, MS_REC | MS_PRIVATE, null);
  if (result !== 0 && koffi.errno() === constants.errno.EINVAL) return;
  checked('mount', result);
}

/**
 * mount(2) of a new file system in memory, in which no program can be run.
 *
 * mount(8) is no way to a directory that is known by its descriptor: from util-linux 2.41 on it uses move_mount(2), which
 * does not follow `/proc/self/fd/N` as mount(2) does.
 *
 * @param target may be `/proc/self/fd/N`
 * @param source what mountinfo calls its source
 * @param options those of tmpfs itself, such as `size=256k`
 */
export function mountTmpfs(target: string, source: string, options: string): void {
  const flags = MS_NOSUID | MS_NOEXEC;
  checked('mount', mountCall(source, target, 'tmpfs', flags, Buffer.from(`${options}\0`)));
}

export type NodeKind = 'block' | 'character';

/**
 * mknod(2) for a device.
 *
 * @param device "major:minor"
 * @param mode permission bits, less those of the umask
 */
export function makeNode(path: string, kind: NodeKind, device: string, mode: number): void {
  const type = kind === 'block' ? S_IFBLK : S_IFCHR;
  checked('mknod', mknodCall(path, type | mode, packedDeviceNumber(device)));
}

/** mkfifo(3): a named pipe. */
export function makePipe(path: string, mode: number): void {
  checked('mknod', mknodCall(path, S_IFIFO | mode, 0));
}

/** How many bytes nobody has read yet. */
export function bytesInPipe(fd: number): number {
  const count = Buffer.alloc(4);
  ioctl(fd, FIONREAD, count);
  return count.readInt32LE();
}

/** Where a file lies: the mount it was opened through, as numbered in mountinfo, and its device as "major:minor". */
export interface FileLocation {
  readonly mountId: number;
  readonly device: string;
}

/** statx(2), following links, without asking a remote or user-space file system, which could keep us waiting. */
export function locate(path: string): FileLocation {
  const result = Buffer.allocUnsafe(STATX_BYTES);
  checked('statx', quickStatx(path, 0, result));
  return locationIn(result);
}

/** Like `locate`, but undefined for an error with one of the `codes`: making an exception takes longer than the call. */
export function locateUnless(path: string, codes: readonly string[]): FileLocation | undefined {
  const result = Buffer.allocUnsafe(STATX_BYTES);
  return unless(codes, 'statx', quickStatx(path, 0, result)) === undefined
    ? undefined
    : locationIn(result);
}

/** Whether something is mounted at `path`; false where nothing is. Takes no longer when there are many mounts. */
export function isMountPoint(path: string): boolean {
  const result = Buffer.allocUnsafe(STATX_BYTES);
  if (quickStatx(path, 0, result) !== 0) return false;
  return (result.readBigUInt64LE(OFFSET_ATTRIBUTES) & STATX_ATTR_MOUNT_ROOT) !== 0n;
}

/** How many links the file or directory at `path` has; undefined when that can't be told. */
export function linkCount(path: string): number | undefined {
  const result = Buffer.allocUnsafe(STATX_BYTES);
  return quickStatx(path, STATX_NLINK, result) === 0
    ? result.readUInt32LE(OFFSET_LINKS)
    : undefined;
}

/** Where no attribute is asked for, device and mount come unasked: a file system in user space may refuse root others. */
function quickStatx(path: string, mask: number, result: Buffer): unknown {
  return statxCall(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, mask, result);
}

function locationIn(result: Buffer): FileLocation {
  return {
    mountId: Number(result.readBigUInt64LE(OFFSET_MOUNT_ID)),
    device: `${result.readUInt32LE(OFFSET_DEVICE_MAJOR)}:${result.readUInt32LE(OFFSET_DEVICE_MINOR)}`,
  };
}

/**
 * open(2) for reading, not through a link; undefined for an error with one of the `codes`, of which hundreds may be no surprise. May block on
 * a disk: only for files that the kernel keeps in memory.
 */
export function openUnless(path: string, codes: readonly string[]): number | undefined {
  return unless(codes, 'open', openCall(path, O_RDONLY | O_CLOEXEC | files.O_NOFOLLOW));
}

/**
 * poll(2): whether the kernel has changed a file of its own, such as mountinfo, since it was opened or last asked about.
 */
export function hasChanged(fd: number): boolean {
  const descriptor = Buffer.alloc(POLLFD_BYTES);
  descriptor.writeInt32LE(fd, 0);
  descriptor.writeInt16LE(POLLPRI, OFFSET_EVENTS);
  // The only one of these calls that the kernel does not repeat by itself when a signal comes, such as that of an end.
  for (;;) {
    const count = unless(['EINTR'], 'poll', pollCall(descriptor, 1, 0));
    if (count !== undefined) return count > 0;
  }
}

/**
 * openat2(2) that follows no link on the whole way: opens what the name says, a directory whose content is not looked at.
 *
 * @param name relative, at most 4,095 bytes
 */
export function openPathBelow(directory: number, name: Buffer): number {
  const how = Buffer.alloc(OPEN_HOW_BYTES);
  how.writeBigUInt64LE(BigInt(O_PATH_DIRECTORY), 0);
  how.writeBigUInt64LE(RESOLVE_NO_LINKS, OFFSET_RESOLVE);
  const path = Buffer.concat([name, Buffer.of(0)]);
  return checked('openat2', openat2Call(SYS_OPENAT2, directory, path, how, OPEN_HOW_BYTES));
}

/**
 * flock(2), exclusive; held until the file is closed.
 *
 * @throws SyscallError `EAGAIN` when somebody else holds it
 */
export function lockExclusively(fd: number): void {
  checked('flock', flockCall(fd, LOCK_EX | LOCK_NB));
}

/** Like `lockExclusively`; false when somebody else holds it. */
export function tryLock(fd: number): boolean {
  try {
    lockExclusively(fd);
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'EAGAIN') return false;
    throw error;
  }
}

/** fcntl(2): programs that we start do not get this descriptor. */
export function closeOnExec(fd: number): void {
  checked('fcntl', fcntlCall(fd, F_SETFD, FD_CLOEXEC));
}

/** renameat2(2) that replaces nothing, on another thread. */
export async function renameNoReplace(from: string, to: string): Promise<void> {
  await onThread('renameat2', renameCall, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

/** lseek(2) to the first data of a file, on another thread; undefined when it has none, but holes or nothing at all. */
export async function firstData(fd: number): Promise<number | undefined> {
  try {
    return await onThread('lseek', seekCall, fd, 0, SEEK_DATA);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENXIO') return undefined;
    throw error;
  }
}

function onThread(
  name: string,
  call: { async: (...args: unknown[]) => unknown },
  ...args: unknown[]
): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: Error | null, result: unknown) => {
      if (error === null && Number(result) >= 0) resolve(Number(result));
      else reject(error ?? new SyscallError(name, koffi.errno()));
    });
  });
}

/** prctl(2): this process ends when the one ends that has started it. */
export function dieWithParent(): void {
  checked('prctl', prctlCall(PR_SET_PDEATHSIG, constants.signals.SIGKILL));
}
