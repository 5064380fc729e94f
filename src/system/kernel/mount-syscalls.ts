import { readSync } from 'node:fs';
import koffi from 'koffi';
import { errorCode } from '../../base/errno.js';
import { checked } from './syscalls.js';

/**
 * Mounting step by step, on descriptors (Linux 5.2, and 5.12 for the last): nothing is at a path before it is known to be
 * what it should. These can wait for a disk: they are for helper processes.
 */

/** Same numbers on every architecture: they came after the kernel's tables were unified. */
const SYS_MOVE_MOUNT = 429;
const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;
const SYS_MOUNT_SETATTR = 442;
/** linux/mount.h. */
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const MOUNT_ATTR_RDONLY = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
const MS_PRIVATE = 1n << 18n;
/** linux/fcntl.h. */
const AT_EMPTY_PATH = 0x1000;
/** struct mount_attr: attr_set, attr_clr, propagation, userns_fd. */
const MOUNT_ATTR_BYTES = 32;
const OFFSET_PROPAGATION = 16;
/** More than a message of the kernel has. */
const MESSAGE_BYTES = 4096;

const libc = koffi.load('libc.so.6');
const fsopenCall = libc.func('long syscall(long number, const char *type, uint flags)');
const fsconfigCall = libc.func(
  'long syscall(long number, int fd, uint command, const char *key, const char *value, int aux)',
);
const fsmountCall = libc.func('long syscall(long number, int fd, uint flags, uint attributes)');
const moveMountCall = libc.func(
  'long syscall(long number, int from, const char *path, int to, const char *toPath, uint flags)',
);
const mountSetattrCall = libc.func(
  'long syscall(long number, int fd, const char *path, uint flags, void *attributes, size_t size)',
);

/** fsopen(2): a description of a file system that is to be mounted. */
export function openFileSystem(type: string): number {
  return checked('fsopen', fsopenCall(SYS_FSOPEN, type, FSOPEN_CLOEXEC));
}

/** fsconfig(2): an option with a value, or one that is there or not. */
export function setOption(fileSystem: number, key: string, value?: string): void {
  const command = value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  checked('fsconfig', fsconfigCall(SYS_FSCONFIG, fileSystem, command, key, value ?? null, 0));
}

/** fsconfig(2): reads the disk. */
export function createFileSystem(fileSystem: number): void {
  checked('fsconfig', fsconfigCall(SYS_FSCONFIG, fileSystem, FSCONFIG_CMD_CREATE, null, null, 0));
}

/** What the kernel says of the calls on the description, a message each. */
export function messagesOf(fileSystem: number): string[] {
  const messages: string[] = [];
  const buffer = Buffer.alloc(MESSAGE_BYTES);
  try {
    // Each begins with a letter for its kind: e, w or i.
    for (let length = 1; length > 0;) {
      length = readSync(fileSystem, buffer);
      messages.push(
        buffer
          .toString('utf8', 0, length)
          .replace(/^[ewi] /, '')
          .trim(),
      );
    }
  } catch (error) {
    // There is no message left.
    if (errorCode(error) !== 'ENODATA') throw error;
  }
  return messages.filter((message) => message !== '');
}

/** fsmount(2): a mount of the file system that is nowhere yet, and goes when its descriptor is closed. */
export function mountNowhere(fileSystem: number, { isReadOnly }: { isReadOnly: boolean }): number {
  const attributes = isReadOnly ? MOUNT_ATTR_RDONLY : 0;
  return checked('fsmount', fsmountCall(SYS_FSMOUNT, fileSystem, FSMOUNT_CLOEXEC, attributes));
}

/** move_mount(2): puts the mount onto an open directory. */
export function attachMount(mount: number, directory: number): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  checked('move_mount', moveMountCall(SYS_MOVE_MOUNT, mount, '', directory, '', flags));
}

/** mount_setattr(2): what is mounted below the mount from now on does not spread. */
export function makePrivate(mount: number): void {
  const attributes = Buffer.alloc(MOUNT_ATTR_BYTES);
  attributes.writeBigUInt64LE(MS_PRIVATE, OFFSET_PROPAGATION);
  checked(
    'mount_setattr',
    mountSetattrCall(SYS_MOUNT_SETATTR, mount, '', AT_EMPTY_PATH, attributes, MOUNT_ATTR_BYTES),
  );
}
