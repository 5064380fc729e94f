import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { HypervisorError } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import { until } from '../../base/retry.js';
import { failAs } from '../../base/translate.js';
import type { Disk } from '../../generated/objects.js';
import type { DeviceDirectories } from '../../system/device/device-directory.js';
import type { DiskFile } from '../../system/device/disk-files.js';
import type { AttachedLoop, LoopDevices } from '../../system/device/loop-devices.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import type { LoopDoor } from '../../system/helper/loop-door.js';
import type { FoundDisk } from '../hypervisor.js';
import type { ChrootRoots } from './chroot-roots.js';
import { type DiskClaims, pathsOf } from './disk-claims.js';
import { type DiskRecord, type DiskRecords, ROOT } from './disk-records.js';

/** Where the disks appear inside. */
const INSIDE = '/dev/ganeti';
/** What a name may be made of; the length leaves room for the instance in a loop device's name. */
const NODE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,40}$/;
const DIGEST_CHARACTERS = 12;
/** How long somebody may have a quick look at a device (udev does at each change) before it counts as in use. */
const RELEASE = { timeoutMs: 1_000, pollMs: 40 };
/** How many disks of an instance are worked on at once. */
const JOBS_AT_ONCE = 8;

export interface PluggedDisksParts {
  readonly roots: Pick<ChrootRoots, 'instanceDir'>;
  readonly records: DiskRecords;
  readonly claims: DiskClaims;
  readonly disks: DiskDoor;
  readonly loops: LoopDoor;
  readonly loopDevices: LoopDevices;
  readonly directories: DeviceDirectories;
  /** Where the links `<instance>:<index>` to disks are. */
  readonly linksDir: string;
}

/** A disk that is to be there inside, and what it is called there. */
interface WantedDisk extends FoundDisk {
  readonly node: string;
}

/** A disk that is there inside. */
interface PluggedDisk {
  readonly node: string;
  /** What it is over. */
  readonly file: string;
  readonly loop: AttachedLoop;
}

/**
 * The disks of a chroot besides the first, which is its root: each is the block device `/dev/ganeti/<uuid>` inside,
 * from the start of the instance or from when it is added while it runs. A disk of a caller who gives no UUID is named
 * after its place, `/dev/ganeti/disk-1`.
 *
 * Every disk, a block device too, is plugged as a loop device: a disk that may only be read is safe from being written to;
 * and whether anybody still uses a disk is asked and answered in one step when it is taken away. Which devices these are
 * is in the daemon's records.
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
    const plugged = await this.#all(
      name,
      disks.map(({ disk }) => disk),
    );
    const wanted = disks.map((found) => ({ ...found, node: nodeName(found.disk) }));
    refuseDoubles(wanted);
    const missing = wanted.filter(({ node }) => !plugged.some((known) => known.node === node));
    const attached = missing.length === 0 ? [] : await this.#attach(name, missing);
    const nodes = [...plugged, ...attached]
      .filter(({ node }) => wanted.some((each) => each.node === node))
      .map(({ node, loop }) => ({
        name: node,
        device: this.#parts.loopDevices.number(loop.path),
      }));
    await failWith("Can't make the nodes of disks", () =>
      this.#parts.directories.show(this.#directory(name), nodes),
    );
    return wanted.map(({ node }) => `${INSIDE}/${node}`);
  }

  async isPlugged(name: string, disk: Disk): Promise<boolean> {
    return (await this.#find(name, disk)) !== undefined;
  }

  /**
   * Takes the disk away. Idempotent.
   *
   * @throws HypervisorError when it is in use, and then nothing has changed
   */
  async unplug(name: string, disk: Disk): Promise<void> {
    const node = nodeName(disk);
    const plugged = await this.#find(name, disk);
    if (plugged !== undefined && !(await this.#detach(plugged)))
      throw await this.#inUse(`Disk ${node} can't be removed from the running instance`, plugged);
    await failWith("Can't remove the node of a disk", () =>
      this.#parts.directories.hide(this.#directory(name), [node]),
    );
    await this.#parts.records.remove(name, node);
  }

  /** Makes the nodes again, after all that is mounted in the chroot was unmounted. */
  async show(name: string, disks: readonly Disk[]): Promise<void> {
    const nodes = (await this.#all(name, disks)).map(({ node, loop }) => ({
      name: node,
      device: this.#parts.loopDevices.number(loop.path),
    }));
    await failWith("Can't make the nodes of disks", () =>
      this.#parts.directories.show(this.#directory(name), nodes),
    );
  }

  /**
   * Lets go of all disks, after the chroot was unmounted; the nodes are gone by that.
   *
   * @param isChecked whether none of the disks, nor any of those recorded, may be in use by anybody then
   * @throws HypervisorError when one is in use
   */
  async release(
    name: string,
    { disks, isChecked }: { disks: readonly Disk[]; isChecked: boolean },
  ): Promise<void> {
    const { records, claims, loopDevices } = this.#parts;
    const plugged = await this.#all(name, disks);
    const isFree = await mapLimited(plugged, JOBS_AT_ONCE, (each) => this.#detach(each));
    const kept = plugged.find((_, index) => isFree[index] === false);
    if (kept !== undefined) {
      const { file, loop } = kept;
      const problem = `The chroot is unmounted, but disk ${file} (${loop.path}) is not free`;
      throw await this.#inUse(problem, kept);
    }
    const recorded = await records.read(name);
    if (isChecked) await claims.refuseUsed([...recorded, ...(await claims.find(pathsOf(disks)))]);
    const isLeft = ({ loop }: DiskRecord) => loop !== undefined && loopDevices.isAttached(loop);
    if (!recorded.some(isLeft)) await records.clear(name);
  }

  /** Makes the disk as large as what it is over is now. */
  async resize(name: string, { disk, devPath }: FoundDisk): Promise<void> {
    const path = await this.#parts.disks.run('resolvePath', { path: devPath }, devPath);
    for (const { file, loop } of await this.#all(name, [disk]))
      if (file === path) await this.#parts.loops.resize(loop.path);
  }

  async #attach(name: string, wanted: readonly WantedDisk[]): Promise<PluggedDisk[]> {
    const devPaths = wanted.map(({ devPath }) => devPath);
    return failAs(HypervisorError, `Can't plug disk ${devPaths.join(', ')}`, () =>
      this.#parts.claims.claim(devPaths, (files) => this.#attachClaimed(name, wanted, files)),
    );
  }

  async #attachClaimed(
    name: string,
    wanted: readonly WantedDisk[],
    files: readonly DiskFile[],
  ): Promise<PluggedDisk[]> {
    const { loops, records } = this.#parts;
    const begun = wanted.flatMap(({ node, disk, devPath }, index) => {
      const file = files[index];
      return file === undefined ? [] : [{ record: { role: node, ...file }, disk, devPath }];
    });
    await records.put(name, ...begun.map(({ record }) => record));
    const done: (DiskRecord & { loop: AttachedLoop })[] = [];
    try {
      await mapLimited(begun, JOBS_AT_ONCE, async ({ record, disk, devPath }) => {
        const loopName = this.#prefix(name) + record.role;
        const isReadOnly = disk.mode === 'ro';
        const loop = await failAs(HypervisorError, `Can't plug disk ${devPath}`, () =>
          loops.attach(record, { name: loopName, isReadOnly }),
        );
        done.push({ ...record, loop });
      });
    } finally {
      await records.put(name, ...done);
    }
    return done.map(({ role, path, loop }) => ({ node: role, file: path, loop }));
  }

  #detach({ loop }: PluggedDisk): Promise<boolean> {
    return until(() => this.#parts.loops.detach(loop), RELEASE);
  }

  async #inUse(problem: string, { loop, file }: PluggedDisk): Promise<HypervisorError> {
    const { path } = loop;
    const holders = await this.#parts.claims.holdersOf(this.#parts.loopDevices.number(path));
    const use = holders ?? 'something has it open';
    return new HypervisorError(`${problem}: it is in use (${use})`, { data: { path, file } });
  }

  async #find(name: string, disk: Disk): Promise<PluggedDisk | undefined> {
    const node = nodeName(disk);
    return (await this.#all(name, [disk])).find((plugged) => plugged.node === node);
  }

  /** Those of the records that the kernel has as well. */
  async #all(name: string, disks: readonly Disk[]): Promise<PluggedDisk[]> {
    const records = await this.#parts.records.read(name);
    const further = records.filter(({ role }) => role !== ROOT);
    const recorded: PluggedDisk[] = [];
    for (const record of further) {
      const loop = await this.#loopOf(record);
      if (loop !== undefined) recorded.push({ node: record.role, file: record.path, loop });
    }
    if (further.length < records.length) return recorded;
    const others = await this.#unrecorded(name, disks);
    const isNew = ({ node }: PluggedDisk) => !recorded.some((known) => known.node === node);
    return [...recorded, ...others.filter(isNew)];
  }

  async #loopOf(record: DiskRecord): Promise<AttachedLoop | undefined> {
    const { loops, loopDevices } = this.#parts;
    // The daemon was killed before it knew the device.
    if (record.loop === undefined) return (await loops.over([record]))[0];
    return loopDevices.isAttached(record.loop) ? record.loop : undefined;
  }

  /**
   * Those of an instance that was started by a daemon without records, 0.1.0 and before: by the name of the loop device, if
   * it is over a disk of the instance.
   */
  async #unrecorded(name: string, disks: readonly Disk[]): Promise<PluggedDisk[]> {
    const { linksDir, claims, loops } = this.#parts;
    const entries = (await ignoring(['ENOENT'], readdir(linksDir))) ?? [];
    const links = entries.filter((entry) => entry.startsWith(`${name}:`));
    const paths = [...links.map((link) => join(linksDir, link)), ...pathsOf(disks)];
    const prefix = this.#prefix(name);
    const found = await loops.over(await claims.find(paths));
    return found
      .filter(({ label }) => label.startsWith(prefix))
      .map(({ label, disk, ...loop }) => ({
        node: label.slice(prefix.length),
        file: disk.path,
        loop,
      }));
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

/** @throws HypervisorError when two disks would have one name */
function refuseDoubles(wanted: readonly WantedDisk[]): void {
  const double = wanted.find(
    ({ node }, index) => wanted.findIndex((other) => other.node === node) < index,
  );
  if (double !== undefined)
    throw new HypervisorError(`Two disks would both be ${INSIDE}/${double.node}`);
}

function failWith(prefix: string, work: () => Promise<void>): Promise<void> {
  return failAs(HypervisorError, prefix, work);
}
