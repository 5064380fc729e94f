import { chmodSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { errorCode } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import { makeNode, mountTmpfs } from '../kernel/syscalls.js';
import { byteString, readMountsNow } from '../proc/mount-table.js';
import { childPath, mountIdOf, O_PATH, withOpen } from '../proc/open-directories.js';

/**
 * Block device nodes in the directory `/dev/ganeti` of a chroot, when the names in the chroot belong to somebody we do not
 * trust.
 *
 * The directory is a small file system of ours, mounted there: what is in it goes with the chroot's other mounts, and never
 * becomes part of the disk. Each part of the way is opened by itself without following links and must lie on the
 * chroot's own disk: through a link, or a mount of the host's directories, root inside would choose where on the
 * host something is mounted.
 *
 * Runs in a helper process, because a look at a disk may hang.
 */

const DIRECTORY_FLAGS = O_PATH | constants.O_NOFOLLOW | constants.O_DIRECTORY;
/** As those of disks on a host. */
const NODE_MODE = 0o660;
const DIRECTORY_OPTIONS = 'mode=0755,size=256k,nr_inodes=1k';

/** A node to be made. */
export interface DeviceNode {
  readonly name: string;
  /** "major:minor". */
  readonly device: string;
}

/** Whose directory it is. */
export interface NodeDirectory {
  /** The chroot, a path that is trusted. */
  readonly root: string;
  /** The source that our file system is mounted with: by this it is told from anybody else's. */
  readonly label: string;
}

/** Makes the nodes, each in place of whatever had its name; the directory too, if it is not there. */
export function showNodes({
  nodes,
  ...directory
}: NodeDirectory & { nodes: readonly DeviceNode[] }): void {
  withDevices(directory.root, true, (devices, rootMount) => {
    withBelow(devices, 'ganeti', true, (found) => {
      if (mountIdOf(found) !== rootMount) return;
      mountTmpfs(`/proc/self/fd/${found}`, directory.label, DIRECTORY_OPTIONS);
      stepDone('device directory mounted', directory.root);
    });
    withBelow(devices, 'ganeti', false, (opened) => {
      if (!isOurs(opened, directory.label))
        throw new Error('/dev/ganeti in the chroot is covered by another mount');
      for (const node of nodes) replaceNode(opened, node);
    });
    stepDone('device nodes made', directory.root);
  });
}

/** Removes the nodes `names`, if they are there. */
export function hideNodes({
  root,
  label,
  names,
}: NodeDirectory & { names: readonly string[] }): void {
  withDevices(root, false, (devices) => {
    withBelow(devices, 'ganeti', false, (opened) => {
      // What covers our directory hides the nodes as well.
      if (!isOurs(opened, label)) return;
      for (const name of names) removeName(childPath(opened, name));
      stepDone('device nodes removed', root);
    });
  });
}

/** Opens `/dev` of the chroot. */
function withDevices(
  root: string,
  mustBeThere: boolean,
  use: (devices: number, rootMount: number) => void,
): void {
  try {
    withOpen(openSync(root, DIRECTORY_FLAGS), (rootDirectory) => {
      const rootMount = mountIdOf(rootDirectory);
      // What covers it may be another instance's disk.
      if (isCovered(root, rootMount)) {
        if (mustBeThere) throw new Error('the root of the chroot is covered by another mount');
        return;
      }
      withBelow(rootDirectory, 'dev', mustBeThere, (devices) => {
        if (mountIdOf(devices) === rootMount) use(devices, rootMount);
        else if (mustBeThere) throw new Error('/dev in the chroot is covered by another mount');
      });
    });
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '');
    if (mustBeThere || !isMissing) throw error;
  }
}

function withBelow(
  directory: number,
  name: string,
  isMade: boolean,
  use: (opened: number) => void,
): void {
  withOpen(openBelow(directory, name, isMade), use);
}

function openBelow(directory: number, name: string, isMade: boolean): number {
  const path = childPath(directory, name);
  try {
    if (isMade) makeDirectory(path);
    return openSync(path, DIRECTORY_FLAGS);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (!isMade || !['ENOTDIR', 'ELOOP'].includes(code)) throw error;
    throw new Error(`'${name}' in the chroot is not a directory but a file or a symbolic link`, {
      cause: error,
    });
  }
}

function makeDirectory(path: Buffer): void {
  try {
    mkdirSync(path, 0o755);
  } catch (error) {
    // A disk that can't be written to may have the directory all the same.
    if (!['EEXIST', 'EROFS'].includes(errorCode(error) ?? '')) throw error;
  }
}

function replaceNode(directory: number, { name, device }: DeviceNode): void {
  removeName(childPath(directory, name));
  const path = `/proc/self/fd/${directory}/${name}`;
  makeNode(path, 'block', device, NODE_MODE);
  // Whatever the umask leaves of it.
  chmodSync(path, NODE_MODE);
}

function removeName(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Whether another mount than the one that was made first is seen at `root`. */
function isCovered(root: string, mountId: number): boolean {
  const point = byteString(root);
  const first = readMountsNow({ within: [root] }).find(({ mountPoint }) => mountPoint === point);
  return first !== undefined && first.id !== mountId;
}

function isOurs(directory: number, label: string): boolean {
  const id = mountIdOf(directory);
  const mounts = readMountsNow({ ids: new Set([id]) });
  const mount = mounts.find((candidate) => candidate.id === id);
  return mount?.fsType === 'tmpfs' && mount.source === label;
}
