import { HypervisorError } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import { retry } from '../../base/retry.js';
import { failAs } from '../../base/translate.js';
import type { Disk } from '../../generated/objects.js';
import { blockNumber, deviceIdentity, type DiskFile } from '../../system/device/disk-files.js';
import type { LoopDevices } from '../../system/device/loop-devices.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import type { LoopDoor } from '../../system/helper/loop-door.js';
import type { MountTable } from '../../system/proc/mount-table.js';

/** How long somebody may have a quick look at a device (udev does at each change) before it counts as in use. */
const RELEASE = { timeoutMs: 1_000, pollMs: 40 };

const LOOKS_AT_ONCE = 8;

export interface DiskClaimsParts {
  readonly disks: DiskDoor;
  readonly loops: LoopDoor;
  readonly loopDevices: Pick<LoopDevices, 'number'>;
  readonly mountTable: Pick<MountTable, 'pointsOf'>;
}

/**
 * Sees to it that a disk has one user. Two uses of one disk know nothing of each other, and destroy what is on it.
 *
 * A disk goes by what it is (`DiskFile.identity`), under whichever path.
 */
export class DiskClaims {
  readonly #parts: DiskClaimsParts;
  /** Identities of the disks that are being taken. From then on the kernel says that they are in use. */
  readonly #claimed = new Set<string>();

  constructor(parts: DiskClaimsParts) {
    this.#parts = parts;
  }

  /**
   * Takes disks into use: nobody else can from the check that nobody does until `take` is done.
   *
   * @param take gets them in the order of `devPaths`
   * @throws HypervisorError when one is in use, or is no disk
   */
  async claim<T>(
    devPaths: readonly string[],
    take: (disks: readonly DiskFile[]) => Promise<T>,
  ): Promise<T> {
    const disks = await mapLimited(devPaths, LOOKS_AT_ONCE, (devPath) => this.#require(devPath));
    /** Of each disk that is ours meanwhile, by what it is, the path that we were told. */
    const ours = new Map<string, string>();
    try {
      for (const [index, { identity }] of disks.entries()) {
        const devPath = devPaths[index] ?? '';
        if (this.#claimed.has(identity))
          throw new HypervisorError(
            `Disk ${devPath} is in use already, by an instance that starts`,
          );
        this.#claimed.add(identity);
        ours.set(identity, devPath);
      }
      const use = await this.#useOf(disks);
      if (use === undefined) return await take(disks);
      throw new HypervisorError(`Disk ${ours.get(use.disk.identity) ?? ''} ${use.what}`);
    } finally {
      for (const identity of ours.keys()) this.#claimed.delete(identity);
    }
  }

  /** @throws HypervisorError when it is no disk */
  async #require(devPath: string): Promise<DiskFile> {
    const disk = await failAs(HypervisorError, `Disk ${devPath} can't be used`, () =>
      this.#find(devPath),
    );
    if (disk !== undefined) return disk;
    throw new HypervisorError(`Disk ${devPath} is neither a file nor a block device`);
  }

  /** @throws HypervisorError when any of the disks is in use, also a little later */
  async refuseUsed(disks: readonly DiskFile[]): Promise<void> {
    await retry(
      async () => {
        const use = await this.#useOf(disks);
        if (use === undefined) return;
        const { disk, what } = use;
        throw new HypervisorError(`The chroot is unmounted, but disk ${disk.path} ${what}`);
      },
      (error) => error instanceof HypervisorError,
      RELEASE,
    );
  }

  /** Who holds the block device `number` ("major:minor"), as far as that can be told. */
  async holdersOf(number: string): Promise<string | undefined> {
    const identity = deviceIdentity(number);
    const points = (await this.#parts.mountTable.pointsOf(number)).map(
      (point) => `mounted at ${point}`,
    );
    const loops = await this.#parts.loops.over([{ path: '/dev/loop', identity }]);
    return [...points, ...loops.map(({ path }) => `below ${path}`)].join(', ') || undefined;
  }

  async #useOf(disks: readonly DiskFile[]): Promise<Use | undefined> {
    const [loop] = await this.#parts.loops.over(disks);
    if (loop !== undefined) {
      const holders = await this.holdersOf(this.#parts.loopDevices.number(loop.path));
      const details = holders === undefined ? '' : ` (${holders})`;
      return { disk: loop.disk, what: `is in use by ${loop.path}${details}` };
    }
    for (const disk of disks) {
      const number = blockNumber(disk);
      const [point] = number === undefined ? [] : await this.#parts.mountTable.pointsOf(number);
      if (point !== undefined) return { disk, what: `is mounted already, at ${point}` };
      if (number !== undefined && (await this.#isClaimed(disk.path)))
        return { disk, what: 'is in use already' };
    }
    return undefined;
  }

  /** Those of the paths that lead to a disk. One that can't be looked at any more is left out. */
  async find(paths: readonly string[]): Promise<DiskFile[]> {
    const found = await Promise.all(paths.map((path) => this.#find(path).catch(() => undefined)));
    return found.filter((disk) => disk !== undefined);
  }

  #find(path: string): Promise<DiskFile | undefined> {
    return this.#parts.disks.run('findDiskFile', { path }, path);
  }

  #isClaimed(path: string): Promise<boolean> {
    return this.#parts.disks.delegate('isClaimed', { path }, path);
  }
}

interface Use {
  readonly disk: DiskFile;
  /** What follows after "The disk". */
  readonly what: string;
}

/** Where disks are, as far as their names alone say it. */
export function pathsOf(disks: readonly Disk[]): string[] {
  return disks.flatMap(({ dev_type: template, logical_id: parts }) => {
    const texts = parts.filter((part) => typeof part === 'string');
    const paths = template === 'plain' ? [`/dev/${texts.join('/')}`] : texts;
    return paths.filter((path) => path.startsWith('/'));
  });
}
