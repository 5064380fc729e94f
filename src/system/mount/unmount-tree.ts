import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { errorCode } from '../../base/errno.js';
import { makeTreePrivate, unmountNoFollow } from '../kernel/syscalls.js';
import {
  byteString,
  deepestFirst,
  type Mount,
  mountsBelow,
  parseMountinfo,
  readable,
} from '../proc/mount-table.js';
import { childPath, mountIdOf, O_PATH } from '../proc/open-directories.js';

/**
 * Unmounts all that is mounted at or below a directory, when the names below it belong to somebody we do not trust.
 *
 * A path below the directory is never handed to the kernel as a whole: a process that swaps a directory on the way for a symbolic
 * link would choose what is unmounted. Each part is opened by itself without following links, the mount that is reached
 * must be the one that mountinfo listed, and umount2 is told not to follow a link as the last part.
 *
 * Nor is anything unmounted below a mount that shares with one outside of the directory: a copy of the host's mounts does
 * (mount --rbind /), and the host's would go as well. All are made private before, and again in each round: those that
 * were hidden by a mount over the root are out of reach until that is gone.
 *
 * Runs in a helper process, because unmounting may hang on a disk or on a server.
 */

const WALK_FLAGS = O_PATH | constants.O_NOFOLLOW;

/** Why a mount is still there. */
export interface Leftover {
  readonly mountPoint: string;
  readonly reason: string;
}

/** What is mounted at and below a directory. */
interface Tree {
  /** What is to be unmounted, deepest first. */
  readonly targets: readonly Mount[];
  /** The ids of those that share with a mount outside of the directory. */
  readonly sharing: ReadonlySet<number>;
}

/**
 * @param root a directory whose own path is trusted
 * @param keepRoot whether the first mount at `root` itself stays
 * @returns what could not be unmounted, empty when all is clean
 */
export function unmountTree(root: string, keepRoot: boolean): Leftover[] {
  for (;;) {
    const tree = privateTree(root, keepRoot);
    const failures: Leftover[] = [];
    for (const mount of tree.targets) {
      const reason = tryUnmount(root, mount, tree);
      if (reason !== undefined) failures.push({ mountPoint: readable(mount.mountPoint), reason });
    }
    // A mount that another one hid can be reached in the next round; without progress there is nothing more to try.
    if (failures.length === tree.targets.length) return failures;
  }
}

function privateTree(root: string, keepRoot: boolean): Tree {
  const tree = treeAt(root, keepRoot);
  if (tree.sharing.size === 0) return tree;
  makeTreePrivate(root);
  return treeAt(root, keepRoot);
}

function treeAt(root: string, keepRoot: boolean): Tree {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1'));
  const atRoot = mounts.filter(({ mountPoint }) => mountPoint === byteString(root));
  const inside = new Set([...atRoot, ...mountsBelow(mounts, root)]);
  const outside = mounts.filter((mount) => !inside.has(mount));
  const groups = new Set(outside.map(({ sharedGroup }) => sharedGroup));
  groups.delete(undefined);
  const sharing = [...inside].filter(({ sharedGroup }) => groups.has(sharedGroup));
  if (keepRoot && atRoot[0] !== undefined) inside.delete(atRoot[0]);
  return { targets: deepestFirst([...inside]), sharing: new Set(sharing.map(({ id }) => id)) };
}

/** Undefined when it is gone. */
function tryUnmount(root: string, mount: Mount, { sharing }: Tree): string | undefined {
  const parts = mount.mountPoint.slice(byteString(root).length).split('/').slice(1);
  const last = parts.pop();
  try {
    // The root itself: its path is trusted, and what is mounted there over a mount that shares has come to the others
    // from here.
    if (last === undefined) unmountNoFollow(Buffer.from(root));
    else if (sharing.has(mount.parentId)) return 'lies on a mount that others share';
    else
      withDirectory(root, parts, (directory) => {
        unmountChild(directory, last, mount.id);
      });
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

function unmountChild(directory: number, name: string, mountId: number): void {
  const path = childPath(directory, name);
  const found = openSync(path, WALK_FLAGS);
  const foundId = mountIdOf(found);
  closeSync(found);
  if (foundId !== mountId) throw new Error('hidden by another mount, or moved');
  unmountNoFollow(path);
}

/** Opens `parts` one after the other below `root` and hands over the descriptor of the last. */
function withDirectory(
  root: string,
  parts: readonly string[],
  use: (directory: number) => void,
): void {
  let directory = openSync(root, WALK_FLAGS | constants.O_DIRECTORY);
  try {
    for (const part of parts) {
      const next = openSync(childPath(directory, part), WALK_FLAGS | constants.O_DIRECTORY);
      closeSync(directory);
      directory = next;
    }
    use(directory);
  } finally {
    closeSync(directory);
  }
}
