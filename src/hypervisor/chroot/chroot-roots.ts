import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorReason, ignoring } from '../../base/errno.js';
import { HypervisorError } from '../../base/errors.js';
import { retry, until } from '../../base/retry.js';
import type { Rollback } from '../../base/rollback.js';
import { translate } from '../../base/translate.js';
import { blockNumber, type DiskFile } from '../../system/device/disk-files.js';
import {
  type AttachedLoop,
  FileInUseError,
  type LoopDevices,
} from '../../system/device/loop-devices.js';
import { NoLoopDeviceError } from '../../system/device/loop-nodes.js';
import {
  makeDirectory,
  makeNewDirectory,
  removeDirectoryIfEmpty,
} from '../../system/file/directories.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import { HelperError } from '../../system/helper/failures.js';
import type { LoopDoor } from '../../system/helper/loop-door.js';
import { MountError } from '../../system/mount/mount-disk.js';
import { type Mounter, UnmountError } from '../../system/mount/mounter.js';
import { byteString, mountsBelow, type OpenRoot } from '../../system/proc/mount-table.js';
import type { FoundDisk } from '../hypervisor.js';
import { checkedInstanceName, isInstanceName } from '../instance-name.js';
import type { DiskClaims } from './disk-claims.js';
import { type DiskRecords, ROOT } from './disk-records.js';

const ADVICE = 'see chroot-nodectl doctor';

/** How long the kernel may take to let go of a mount whose users are gone, and of a loop device whose mount is gone. */
const RELEASE = { timeoutMs: 2_000, pollMs: 20 };

/** A loop device below a root, and the file that it is over. */
interface BackedLoop extends AttachedLoop {
  readonly file: string;
}

/**
 * The root directories of the instances: one directory each below `rootDir`, on which the first disk is mounted.
 *
 * Only the path of `rootDir` is trusted. What lies below an instance's directory belongs to root inside the chroot.
 */
export class ChrootRoots {
  readonly rootDir: string;
  readonly #mounter: Mounter;
  readonly #disks: DiskDoor;
  readonly #loops: LoopDoor;
  readonly #loopDevices: LoopDevices;
  readonly #records: DiskRecords;
  readonly #claims: DiskClaims;
  readonly #release: Readonly<typeof RELEASE>;

  /** @param rootDir without symbolic links, as the kernel names it */
  constructor({
    rootDir,
    mounter,
    disks,
    loops,
    loopDevices,
    records,
    claims,
    release = RELEASE,
  }: {
    rootDir: string;
    mounter: Mounter;
    disks: DiskDoor;
    loops: LoopDoor;
    loopDevices: LoopDevices;
    records: DiskRecords;
    claims: DiskClaims;
    release?: Readonly<typeof RELEASE>;
  }) {
    this.rootDir = rootDir;
    this.#mounter = mounter;
    this.#disks = disks;
    this.#loops = loops;
    this.#loopDevices = loopDevices;
    this.#records = records;
    this.#claims = claims;
    this.#release = release;
  }

  /**
   * The instance's directory (Ganeti: ChrootManager._InstanceDir).
   *
   * @throws HypervisorError for a name that would lead elsewhere
   */
  instanceDir(name: string): string {
    return join(this.rootDir, checkedInstanceName(name));
  }

  /** Names of all instances that have a directory, running or not. */
  async names(): Promise<string[]> {
    const entries = (await ignoring(['ENOENT'], readdir(this.rootDir))) ?? [];
    return entries.filter(isInstanceName);
  }

  async exists(): Promise<boolean> {
    const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(this.rootDir));
    return found?.isDirectory() ?? false;
  }

  /** @throws HypervisorError when this process is known to have no right to mount a disk */
  checkMountRight(): void {
    const missing = this.#mounter.missingRight();
    if (missing !== undefined)
      throw new HypervisorError(`No right to mount: ${missing}; ${ADVICE}`);
  }

  /** Whether a disk is mounted on the instance's directory. */
  isMounted(name: string): Promise<boolean> {
    return Promise.resolve(this.#mounter.isMountPoint(this.instanceDir(name)));
  }

  /** Whether anything is left of a life before: its directory, or a record of a disk. */
  async hasTraces(name: string): Promise<boolean> {
    if ((await this.#records.read(name)).length > 0) return true;
    return (await ignoring(['ENOENT'], lstat(this.instanceDir(name)))) !== undefined;
  }

  /**
   * Opens the instance's root, on its own disk: root inside may have mounted any other disk over it.
   *
   * @throws HypervisorError when that is so, or nothing is mounted
   */
  async openDisk(name: string): Promise<OpenRoot> {
    const opened = await this.#mounter.openFirst(this.instanceDir(name));
    if (opened !== undefined) return opened;
    throw new HypervisorError(`Something else is mounted over the disk of ${name}, or nothing`);
  }

  /** Whether more than one thing is mounted, at the instance's directory or below it. */
  async hasSeveralMounts(name: string): Promise<boolean> {
    const directory = this.instanceDir(name);
    const mounts = await this.#mounter.mounts({ within: [directory] });
    const at = mounts.filter(({ mountPoint }) => mountPoint === byteString(directory));
    return at.length + mountsBelow(mounts, directory).length > 1;
  }

  /**
   * Makes the instance's directory, unless it is there: then it must be a directory with nothing in it.
   *
   * @throws HypervisorError for anything else that stands in its place
   */
  async prepare(name: string, rollback: Rollback): Promise<void> {
    const directory = this.instanceDir(name);
    await makeDirectory(this.rootDir, 0o755);
    if (await makeNewDirectory(directory, { mode: 0o755 }))
      rollback.add(`directory ${directory}`, () => this.remove(name));
    else await refuseOccupied(directory);
  }

  /**
   * Mounts the disk on the instance's directory; a file is mounted through a loop device of the instance's own.
   *
   * Deviation: Ganeti mounts a disk for writing also when its mode is `ro`.
   *
   * @throws HypervisorError when it can't be mounted, or is in use already
   */
  async mountDisk(name: string, found: FoundDisk, rollback: Rollback): Promise<void> {
    await this.#claims.claim([found.devPath], async ([file]) => {
      if (file !== undefined) await this.#mountClaimed(name, found, file, rollback);
    });
  }

  async #mountClaimed(
    name: string,
    { disk, devPath }: FoundDisk,
    file: DiskFile,
    rollback: Rollback,
  ): Promise<void> {
    const target = this.instanceDir(name);
    const record = { role: ROOT, ...file };
    await this.#records.put(name, record);
    // Noted before: one that takes too long may have been made all the same.
    rollback.add(`mounts at ${target}`, () => this.unmount(name));
    const { identity } = file;
    const isReadOnly = disk.mode === 'ro';
    const { loop } = await mounting(devPath, () =>
      this.#mounter.mount({ disk: devPath, identity, target, name, isReadOnly }),
    );
    if (loop !== undefined) await this.#records.put(name, { ...record, loop });
  }

  /**
   * Unmounts all that is mounted at the instance's directory and below it, removes the directory, and waits until the
   * disk is free. With `keepRoot` the disk stays mounted, and only what is mounted over it and below goes.
   *
   * @throws HypervisorError naming what is still mounted
   */
  async unmount(name: string, { keepRoot = false } = {}): Promise<void> {
    const directory = this.instanceDir(name);
    let loops: BackedLoop[] = [];
    try {
      if (!keepRoot) loops = await this.#ownLoops(name);
      await this.#unmountPatiently(directory, keepRoot);
    } catch (error) {
      if (!(error instanceof UnmountError) && !(error instanceof HelperError)) throw error;
      throw new HypervisorError(`Can't umount the chroot dir: ${error.message}`, { cause: error });
    }
    if (keepRoot) return;
    // The kernel unmounts a directory that is removed in all other mount namespaces, with whatever is mounted on it there:
    // copies that services of the host have got would keep the disk busy.
    await this.remove(name);
    await this.#waitForRelease(loops);
  }

  /** Files that a killed process had in flight, in a socket or an io_uring, are closed a little after it is gone. */
  async #unmountPatiently(directory: string, keepRoot: boolean): Promise<void> {
    await retry(
      () => this.#mounter.unmountTree(directory, { keepRoot }),
      (error) => error instanceof UnmountError,
      this.#release,
    );
  }

  /** Makes the loop device over `devPath` that is mounted for the instance as large as the file is now. */
  async resizeDisk(name: string, devPath: string): Promise<void> {
    const file = await this.#diskFile(devPath);
    for (const loop of await this.#loopsAt(this.instanceDir(name)))
      if (loop.file === file) await this.#loops.resize(loop.path);
  }

  /** What a disk's path leads to; that of a volume which is not active leads nowhere. */
  async #diskFile(devPath: string): Promise<string> {
    try {
      return await this.#disks.run('resolvePath', { path: devPath }, devPath);
    } catch (error) {
      throw new HypervisorError(`Can't find the disk ${devPath}: ${errorReason(error)}`, {
        cause: error,
      });
    }
  }

  /** Removes the instance's directory, if it is a directory with nothing in it. */
  async remove(name: string): Promise<void> {
    await removeDirectoryIfEmpty(this.instanceDir(name));
  }

  /** A loop device lives on while anybody else holds it: then the disk is not free, whatever the mounts say. */
  async #waitForRelease(loops: readonly BackedLoop[]): Promise<void> {
    const isAnyLeft = async () =>
      (await Promise.all(loops.map((loop) => this.#isLeft(loop)))).includes(true);
    if (await until(async () => !(await isAnyLeft()), this.#release)) return;
    const named = await Promise.all(
      loops.map(async ({ path, file }) => {
        const holders = await this.#claims.holdersOf(this.#loopDevices.number(path));
        return `${file} is in use by ${path} (${holders ?? 'something has it open'})`;
      }),
    );
    throw new HypervisorError(`The chroot is unmounted, but disk ${named.join(', ')}`, {
      data: { devices: loops.map(({ path }) => this.#loopDevices.number(path)) },
    });
  }

  /** Root inside can take the flag of a device by which it goes with its last user. */
  async #isLeft(loop: BackedLoop): Promise<boolean> {
    if (!this.#loopDevices.isAttached(loop)) return false;
    if (this.#loopDevices.isAutoclear(loop.path)) return true;
    return !(await this.#loops.detach(loop, { isKept: false }));
  }

  /** What is recorded; of a root that was mounted by a daemon without records, 0.1.0 and before, what goes with it. */
  async #ownLoops(name: string): Promise<BackedLoop[]> {
    const root = (await this.#records.read(name)).find(({ role }) => role === ROOT);
    if (root !== undefined) {
      const loop = root.loop ?? (await this.#unrecordedLoop(root));
      return loop === undefined ? [] : [{ ...loop, file: root.path }];
    }
    const loops = await this.#loopsAt(this.instanceDir(name));
    // Not those of somebody else, an external storage provider for instance, who keeps them.
    return loops.filter(({ path }) => this.#loopDevices.isAutoclear(path));
  }

  /** The daemon was killed before it knew the device. */
  async #unrecordedLoop(root: DiskFile): Promise<AttachedLoop | undefined> {
    if (blockNumber(root) !== undefined) return undefined;
    return (await this.#loops.over([root]))[0];
  }

  /** The one below what was mounted first: what covers that may be the disk of another instance. */
  async #loopsAt(directory: string): Promise<BackedLoop[]> {
    const mounts = await this.#mounter.mounts({ within: [directory] });
    const first = mounts.find(({ mountPoint }) => mountPoint === byteString(directory));
    const file = first && this.#loopDevices.backingFile(first.source);
    if (first === undefined || file === undefined) return [];
    return [{ path: first.source, sequence: this.#loopDevices.sequence(first.source), file }];
  }
}

/** Mounts, or fails with what is wrong with the disk and what is on it. */
async function mounting<T>(devPath: string, mount: () => Promise<T>): Promise<T> {
  const toFailure = (error: MountError | HelperError) => {
    const advice = error instanceof MountError && error.isForbidden ? `; ${ADVICE}` : '';
    return new HypervisorError(
      `Can't mount the chroot dir: ${devPath}: ${error.message}${advice}`,
      {
        cause: error,
        data: { disk: devPath },
      },
    );
  };
  return naming(devPath, () =>
    translate(HelperError, toFailure, () => translate(MountError, toFailure, mount)),
  );
}

/** The result of `use`, or a failure that names the disk. */
async function naming<T>(devPath: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof HypervisorError || !isOfDisk(error)) throw error;
    const reason = errorReason(error);
    const { path } = error as NodeJS.ErrnoException;
    // What is wrong is not the disk then.
    if (path?.startsWith('/dev/loop') === true)
      throw new HypervisorError(
        `No loop device for disk ${devPath}: ${path}: ${reason}; ${ADVICE}`,
        {
          cause: error,
        },
      );
    throw new HypervisorError(`Disk ${devPath} can't be used: ${reason}`, { cause: error });
  }
}

function isOfDisk(error: unknown): boolean {
  const classes = [FileInUseError, NoLoopDeviceError, HelperError];
  return errorCode(error) !== undefined || classes.some((known) => error instanceof known);
}

async function refuseOccupied(directory: string): Promise<void> {
  const found = await lstat(directory);
  const what = found.isSymbolicLink() ? ' but a symbolic link' : '';
  if (!found.isDirectory())
    throw new HypervisorError(`Needed path ${directory} is not a directory${what}`);
  if ((await readdir(directory)).length > 0)
    throw new HypervisorError(`Needed path ${directory} is not empty: something else uses it`);
}
