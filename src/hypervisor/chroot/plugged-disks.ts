import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { errorCode, errorReason } from '../../base/errno.js';
import { HypervisorError } from '../../base/errors.js';
import { until } from '../../base/retry.js';
import { translate } from '../../base/translate.js';
import type { Disk } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import type { DeviceDirectories } from '../../system/device/device-directory.js';
import type { LoopDevices } from '../../system/device/loop-devices.js';
import type { NamedLoop, NamedLoops } from '../../system/device/named-loops.js';
import type { Mounter } from '../../system/mount/mounter.js';
import { readable } from '../../system/proc/mount-table.js';
import type { FoundDisk } from '../hypervisor.js';
import type { ChrootRoots } from './chroot-roots.js';

/** Where the disks appear inside. */
const INSIDE = '/dev/ganeti';
/** What a name may be made of; the length leaves room for the instance in a loop device's name. */
const NODE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,40}$/;
const DIGEST_CHARACTERS = 12;
/** How long somebody may have a quick look at a device (udev does at each change) before it counts as in use. */
const RELEASE = { timeoutMs: 1_000, pollMs: 40 };

export interface PluggedDisksParts {
  readonly roots: ChrootRoots;
  readonly loopDevices: LoopDevices;
  readonly loops: NamedLoops;
  readonly directories: DeviceDirectories;
  readonly mounter: Mounter;
}

/**
 * The disks of a chroot besides the first, which is its root: each is the block device `/dev/ganeti/<uuid>` inside,
 * from the start of the instance or from when it is added while it runs. A disk of a caller who gives no UUID is named
 * after its place, `/dev/ganeti/disk-1`.
 *
 * Every disk, a block device too, is plugged as a loop device named `ganeti:<digest of the instance's root>:<name>`.
 * The kernel keeps that when the daemon is killed; a disk that may only be read is safe from being written to; and
 * whether anybody still uses a disk is asked and answered in one step when it is taken away.
 */
export class PluggedDisks {
  readonly #parts: PluggedDisksParts;

  constructor(parts: PluggedDisksParts) {
    this.#parts = parts;
  }

  /**
   * Plugs the disks; those that are plugged already stay so. After a failure `unplug` or `release` puts away what is
   * half done.
   *
   * @returns where they are inside
   * @throws HypervisorError
   */
  async plug(name: string, disks: readonly FoundDisk[]): Promise<string[]> {
    const nodes: { name: string; device: string }[] = [];
    for (const found of disks) {
      const node = nodeName(found.disk);
      const { device } = this.#find(name, node) ?? (await this.#attach(name, node, found));
      nodes.push({ name: node, device });
    }
    await failWith("Can't make the nodes of disks", () =>
      this.#parts.directories.show(this.#directory(name), nodes),
    );
    return nodes.map((node) => `${INSIDE}/${node.name}`);
  }

  isPlugged(name: string, disk: Disk): boolean {
    return this.#find(name, nodeName(disk)) !== undefined;
  }

  /**
   * Takes the disk away. Idempotent.
   *
   * @throws HypervisorError when it is in use, and then nothing has changed
   */
  async unplug(name: string, disk: Disk): Promise<void> {
    const node = nodeName(disk);
    const loop = this.#find(name, node);
    if (loop !== undefined && !(await this.#detach(loop)))
      throw await this.#inUse(`Disk ${node} can't be removed from the running instance`, loop);
    await failWith("Can't remove the node of a disk", () =>
      this.#parts.directories.hide(this.#directory(name), [node]),
    );
  }

  /** Makes the nodes again, after all that is mounted in the chroot was unmounted. */
  async show(name: string): Promise<void> {
    const nodes = this.#all(name).map((loop) => ({ name: nodeOf(loop), device: loop.device }));
    await failWith("Can't make the nodes of disks", () =>
      this.#parts.directories.show(this.#directory(name), nodes),
    );
  }

  /**
   * Lets go of all disks, after the chroot was unmounted; the nodes are gone by that.
   *
   * @throws HypervisorError when one is in use
   */
  async release(name: string): Promise<void> {
    for (const loop of this.#all(name))
      if (!(await this.#detach(loop)))
        throw await this.#inUse('The chroot is unmounted, but a disk is not free', loop);
  }

  /** Makes the disk as large as what it is over is now. */
  async resize(name: string, devPath: string): Promise<void> {
    const file = await realpath(devPath);
    for (const loop of this.#all(name))
      if (loop.file === file) this.#parts.loopDevices.resize(loop.path);
  }

  async #attach(name: string, node: string, { disk, devPath }: FoundDisk): Promise<NamedLoop> {
    try {
      const file = await realpath(devPath);
      await this.#refuseTaken(file);
      const isReadOnly = disk.mode === 'ro';
      return await this.#parts.loops.attach(file, { name: this.#prefix(name) + node, isReadOnly });
    } catch (error) {
      if (error instanceof HypervisorError) throw error;
      throw new HypervisorError(`Can't plug disk ${devPath}: ${errorReason(error)}`, {
        cause: error,
      });
    }
  }

  /** Two uses of one disk know nothing of each other, and destroy what is on it. */
  async #refuseTaken(file: string): Promise<void> {
    const [taken] = await this.#parts.loopDevices.over(file);
    if (taken !== undefined) throw new HypervisorError(`Disk ${file} is in use by ${taken}`);
    const stats = await stat(file);
    if (stats.isBlockDevice()) await refuseClaimed(file);
    else if (!stats.isFile())
      throw new HypervisorError(`Disk ${file} is neither a file nor a block device`);
  }

  #detach(loop: NamedLoop): Promise<boolean> {
    return until(() => this.#parts.loops.detach(loop), RELEASE);
  }

  async #inUse(problem: string, { path, device, file }: NamedLoop): Promise<HypervisorError> {
    const mounts = (await this.#parts.mounter.mounts()).filter((mount) => mount.device === device);
    const where = mounts.map(({ mountPoint }) => readable(mountPoint));
    const use = where.length === 0 ? 'something has it open' : `mounted at ${where.join(', ')}`;
    return new HypervisorError(`${problem}: it is in use (${use})`, { data: { path, file } });
  }

  #find(name: string, node: string): NamedLoop | undefined {
    return this.#all(name).find((loop) => nodeOf(loop) === node);
  }

  #all(name: string): NamedLoop[] {
    return this.#parts.loops.list(this.#prefix(name));
  }

  #directory(name: string) {
    return { root: this.#parts.roots.instanceDir(name), label: this.#prefix(name) };
  }

  /** Of the root's path and not of the name: other daemons on this machine may have an instance of the same name. */
  #prefix(name: string): string {
    const digest = createHash('sha256').update(this.#parts.roots.instanceDir(name)).digest('hex');
    return `ganeti:${digest.slice(0, DIGEST_CHARACTERS)}:`;
  }
}

/**
 * The name of a disk's node.
 *
 * @throws HypervisorError for a disk that has nothing to be named after
 */
export function nodeName({ uuid, iv_name: place }: Disk): string {
  const name = uuid ?? place?.replaceAll('/', '-') ?? '';
  if (NODE_NAME.test(name)) return name;
  throw new HypervisorError(`'${name}' is no name for a disk inside a chroot`);
}

function nodeOf({ name }: NamedLoop): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** An exclusive look at a block device fails while it is mounted, or part of another device. */
async function refuseClaimed(path: string): Promise<void> {
  try {
    const device = await open(path, constants.O_RDONLY | constants.O_EXCL);
    await device.close();
  } catch (error) {
    if (errorCode(error) !== 'EBUSY') throw error;
    throw new HypervisorError(`Disk ${path} is in use already`, { cause: error });
  }
}

function failWith(prefix: string, work: () => Promise<void>): Promise<void> {
  const toFailure = (error: CommandError) =>
    new HypervisorError(`${prefix}: ${error.output}`, { cause: error });
  return translate(CommandError, toFailure, work);
}
