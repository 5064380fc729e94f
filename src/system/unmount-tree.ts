import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import {
  byteString,
  deepestFirst,
  mountsBelow,
  parseMountinfo,
  readable,
  type Mount,
} from './mount-table.js';
import { errorCode } from './files.js';
import { unmountNoFollow } from './syscalls.js';

/**
 * Unmounts all that is mounted at or below a folder, when the names below it belong to somebody we do not trust.
 *
 * A path below the folder is never handed to the kernel as a whole: whoever swaps a folder on the way for a symbolic
 * link would choose what is unmounted. Each part is opened by itself without following links, the mount that is reached
 * must be the one that mountinfo listed, and umount2 is told not to follow a link as the last part.
 *
 * Runs as a program of its own (`unmount-tree-main.ts`), because unmounting may hang on a disk or on a server.
 */

/** linux/fcntl.h; Node.js has no name for it. */
const O_PATH = 0o10000000;
const WALK_FLAGS = O_PATH | constants.O_NOFOLLOW;

/** Why a mount is still there. */
export interface Leftover {
  readonly mountPoint: string;
  readonly reason: string;
}

/**
 * @param root a folder whose own path is trusted
 * @param keepRoot whether the mounts at `root` itself stay
 * @returns what could not be unmounted, empty when all is clean
 */
export function unmountTree(root: string, keepRoot: boolean): Leftover[] {
  for (;;) {
    const targets = mountedIn(root, keepRoot);
    const failures = new Map<number, Leftover>();
    for (const mount of targets) {
      const reason = tryUnmount(root, mount);
      if (reason !== undefined)
        failures.set(mount.id, { mountPoint: readable(mount.mountPoint), reason });
    }
    // A mount that another one hid can be reached in the next round; without progress there is nothing more to try.
    if (failures.size === targets.length) return [...failures.values()];
  }
}

function mountedIn(root: string, keepRoot: boolean): Mount[] {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1'));
  const atRoot = mounts.filter((mount) => mount.mountPoint === byteString(root));
  const below = mountsBelow(mounts, root);
  return deepestFirst(keepRoot ? below : [...atRoot, ...below]);
}

/** Undefined when it is gone. */
function tryUnmount(root: string, mount: Mount): string | undefined {
  const parts = mount.mountPoint.slice(byteString(root).length).split('/').slice(1);
  const last = parts.pop();
  try {
    // The root itself: its path is trusted.
    if (last === undefined) unmountNoFollow(Buffer.from(root));
    else
      withFolder(root, parts, (folder) => {
        unmountChild(folder, last, mount.id);
      });
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

function unmountChild(folder: number, name: string, mountId: number): void {
  const path = childPath(folder, name);
  const found = openSync(path, WALK_FLAGS);
  const foundId = mountIdOf(found);
  closeSync(found);
  if (foundId !== mountId) throw new Error('hidden by another mount, or moved');
  unmountNoFollow(path);
}

/** Opens `parts` one after the other below `root` and hands over the descriptor of the last. */
function withFolder(root: string, parts: readonly string[], use: (folder: number) => void): void {
  let folder = openSync(root, WALK_FLAGS | constants.O_DIRECTORY);
  try {
    for (const part of parts) {
      const next = openSync(childPath(folder, part), WALK_FLAGS | constants.O_DIRECTORY);
      closeSync(folder);
      folder = next;
    }
    use(folder);
  } finally {
    closeSync(folder);
  }
}

/** A path to `name` in an open folder: what openat(2) does, by way of /proc. */
function childPath(folder: number, name: string): Buffer {
  return Buffer.from(`/proc/self/fd/${folder}/${name}`, 'latin1');
}

function mountIdOf(fd: number): number {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  return Number(/^mnt_id:\s*(\d+)$/m.exec(info)?.[1]);
}
