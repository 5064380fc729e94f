import { closeSync, constants, openSync } from 'node:fs';
import { errorCode } from '../../base/errno.js';
import { makeTreePrivate, openPathBelow, unmountNoFollow } from '../kernel/syscalls.js';
import {
  byteString,
  childrenFirst,
  eachMountNow,
  MountPoints,
  parseMountLine,
  readable,
} from '../proc/mount-table.js';
import { childPath, mountIdOf, O_PATH } from '../proc/open-directories.js';
import { BusyMounts } from './busy-mounts.js';

/**
 * Unmounts all that is mounted at or below a directory, when the names below it belong to somebody we do not trust.
 *
 * A path below the directory is never followed through a symbolic link: a process that swaps a directory on the way for one
 * would choose what is unmounted. The mount that is reached must be the one that mountinfo listed, and umount2 is told not to
 * follow a link as the last part.
 *
 * Nor is anything unmounted below a mount that shares with one outside of the directory: a copy of the host's mounts does
 * (mount --rbind /), and the host's would go as well. All are made private before, and again in each round: those that
 * were hidden by a mount over the root are out of reach until that is gone.
 *
 * How many mounts there are and how long their names is up to them, too. What lies on what is known by numbers; names are
 * read only for as many mounts at a time as there is room for.
 *
 * Runs in a helper process, because unmounting may hang on a disk or on a server.
 */

const WALK_FLAGS = O_PATH | constants.O_NOFOLLOW;
/** What openat2 takes in one piece is less than 4,096. */
const PIECE_BYTES = 4_000;
/** Of the names that are in memory at a time. */
const NAMES_BYTES = 32 * 1024 * 1024;
/** How many failures are told. */
const NAMED_FAILURES = 10;
const NAMED_HOLDERS = 5;
const HIDDEN = 'hidden by another mount, or moved';

/** Why a mount is still there. */
export interface Leftover {
  readonly mountPoint: string;
  readonly reason: string;
}

/** A mount at or below a directory, as far as numbers tell. */
interface TreeMount {
  readonly id: number;
  readonly parentId: number;
  /** How long its line in mountinfo is. */
  readonly lineBytes: number;
}

/** What is mounted at and below a directory. */
interface Tree {
  /** What is to be unmounted, in an order in which that is possible. */
  readonly targets: readonly TreeMount[];
  /** The ids of those that share with a mount outside of the directory. */
  readonly sharing: ReadonlySet<number>;
}

/**
 * @param root a directory whose own path is trusted
 * @param keepRoot whether the first mount at `root` itself stays
 * @returns what could not be unmounted, if there is much the first of it; empty when all is clean
 */
export function unmountTree(root: string, keepRoot: boolean): Leftover[] {
  const busy = new BusyMounts(root);
  for (let isLast = false; ;) {
    const tree = privateTree(root, keepRoot);
    const { failed, failures } = unmountOnce(root, tree);
    if (failed === 0) return [];
    // A mount that another one hid can be reached in the next round; without progress there is little more to try.
    if (failed < tree.targets.length) continue;
    if (isLast || !busy.detachLoops()) return failures.map((failure) => explained(failure, busy));
    isLast = true;
  }
}

/** For people, with what is in the way. */
function explained({ mountPoint, reason }: Leftover, busy: BusyMounts): Leftover {
  const holders = reason === 'EBUSY' ? busy.holdersOf(mountPoint) : [];
  const named = holders.slice(0, NAMED_HOLDERS).join(', ');
  return {
    mountPoint: readable(mountPoint),
    reason: named === '' ? reason : `${reason} (${named})`,
  };
}

/** Mount points in the failures are as in `Mount`. */
function unmountOnce(root: string, tree: Tree): { failed: number; failures: Leftover[] } {
  let failed = 0;
  const failures: Leftover[] = [];
  for (const batch of batches(tree.targets)) {
    const names = namesOf(root, batch);
    for (const mount of batch) {
      const mountPoint = names.get(mount.id);
      const reason = tryUnmount(root, mount, mountPoint, tree);
      if (reason === undefined) continue;
      failed++;
      if (failures.length < NAMED_FAILURES)
        failures.push({ mountPoint: mountPoint ?? byteString(root), reason });
    }
  }
  return { failed, failures };
}

/** As many at a time as there is room for the names of. */
function* batches(targets: readonly TreeMount[]): Generator<TreeMount[]> {
  let batch: TreeMount[] = [];
  let bytes = 0;
  for (const target of targets) {
    bytes += target.lineBytes;
    if (bytes > NAMES_BYTES && batch.length > 0) {
      yield batch;
      [batch, bytes] = [[], target.lineBytes];
    }
    batch.push(target);
  }
  if (batch.length > 0) yield batch;
}

/** The mount points by number, of those that are still there and have names that can be used. */
function namesOf(root: string, batch: readonly TreeMount[]): Map<number, string> {
  const ids = new Set(batch.map(({ id }) => id));
  const points = new MountPoints([root]);
  const names = new Map<number, string>();
  eachMountNow((line) => {
    if (!ids.has(line.id) || !points.include(line)) return;
    const { mountPoint } = parseMountLine(line.text);
    if (mountPoint !== '') names.set(line.id, mountPoint);
  });
  return names;
}

function privateTree(root: string, keepRoot: boolean): Tree {
  const tree = treeAt(root, keepRoot);
  if (tree.sharing.size === 0) return tree;
  makeTreePrivate(root);
  return treeAt(root, keepRoot);
}

function treeAt(root: string, keepRoot: boolean): Tree {
  const points = new MountPoints([root]);
  const rootLength = points.longest;
  const inside: TreeMount[] = [];
  const sharedInside = new Map<number, number>();
  const sharedOutside = new Set<number>();
  let first: number | undefined;
  eachMountNow((line) => {
    const { id, parentId, sharedGroup } = parseMountLine(line.outline);
    if (points.include(line)) {
      inside.push({ id, parentId, lineBytes: line.length });
      if (line.startOfPoint(rootLength + 1).length === rootLength) first ??= id;
      if (sharedGroup !== undefined) sharedInside.set(id, sharedGroup);
    } else if (sharedGroup !== undefined) sharedOutside.add(sharedGroup);
  });
  const sharing = [...sharedInside].filter(([, group]) => sharedOutside.has(group));
  return {
    targets: childrenFirst(keepRoot ? inside.filter(({ id }) => id !== first) : inside),
    sharing: new Set(sharing.map(([id]) => id)),
  };
}

/** Undefined when it is gone. */
function tryUnmount(
  root: string,
  mount: TreeMount,
  mountPoint: string | undefined,
  { sharing }: Tree,
): string | undefined {
  if (mountPoint === undefined) return 'moved, or its name is too long';
  const path = mountPoint.slice(byteString(root).length + 1);
  try {
    // The root itself: its path is trusted, and what is mounted there over a mount that shares has come to the others
    // from here.
    if (path === '') unmountNoFollow(Buffer.from(root));
    else if (sharing.has(mount.parentId)) return 'lies on a mount that others share';
    else unmountBelow(root, path, mount.id);
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

function unmountBelow(root: string, path: string, mountId: number): void {
  const end = path.lastIndexOf('/');
  const directory = openDirectory(root, path.slice(0, Math.max(0, end)));
  try {
    unmountChild(directory, path.slice(end + 1), mountId);
  } finally {
    closeSync(directory);
  }
}

function unmountChild(directory: number, name: string, mountId: number): void {
  const path = childPath(directory, name);
  const found = openSync(path, WALK_FLAGS);
  const foundId = mountIdOf(found);
  closeSync(found);
  if (foundId !== mountId) throw new Error(HIDDEN);
  unmountNoFollow(path);
}

/** Opens the directory `path` below `root`, in as few steps as the kernel lets us. */
function openDirectory(root: string, path: string): number {
  let directory = openSync(root, WALK_FLAGS | constants.O_DIRECTORY);
  for (let rest = path; rest !== '';) {
    const end = rest.length <= PIECE_BYTES ? rest.length : rest.lastIndexOf('/', PIECE_BYTES);
    try {
      const next = openPathBelow(directory, Buffer.from(rest.slice(0, end), 'latin1'));
      closeSync(directory);
      directory = next;
    } catch (error) {
      closeSync(directory);
      throw error;
    }
    rest = rest.slice(end + 1);
  }
  return directory;
}
