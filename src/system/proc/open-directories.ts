import { closeSync, readFileSync } from 'node:fs';

/** Ways below an open directory, whatever somebody makes of the names on the way to it meanwhile. */

/** linux/fcntl.h; Node.js has no name for it. Opens a name itself: no device, and no disk is asked. */
export const O_PATH = 0o10000000;

/**
 * A path to `name` in an open directory: what openat(2) does, by way of /proc.
 *
 * @param name one character a byte, as in `Mount.mountPoint`
 */
export function childPath(directory: number, name: string): Buffer {
  return Buffer.from(`/proc/self/fd/${directory}/${name}`, 'latin1');
}

/** The mount that a descriptor was opened through, as numbered in mountinfo. */
export function mountIdOf(fd: number): number {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  return Number(/^mnt_id:\s*(\d+)$/m.exec(info)?.[1]);
}

/** Closes a descriptor when it has been used. */
export function withOpen<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
