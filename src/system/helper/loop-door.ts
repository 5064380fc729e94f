import type { DiskFile } from '../device/disk-files.js';
import type { AttachedLoop, LoopDevices, LoopGuess, LoopOver } from '../device/loop-devices.js';
import type { Mount } from '../proc/mount-table.js';
import type { DiskDoor } from './disk-jobs.js';
import { HelperError } from './failures.js';

/** How long a loop device may take to say what it is over. */
const ANSWER_MS = 5_000;

/**
 * What is done to loop devices, and asked of them, through their nodes: by helpers, since the kernel asks the file system
 * below. What `/sys` tells of them, `LoopDevices` may be asked directly.
 */
export class LoopDoor {
  readonly #disks: DiskDoor;
  readonly #loopDevices: Pick<LoopDevices, 'mayBeOver'>;

  constructor({
    disks,
    loopDevices,
  }: {
    disks: DiskDoor;
    loopDevices: Pick<LoopDevices, 'mayBeOver'>;
  }) {
    this.#disks = disks;
    this.#loopDevices = loopDevices;
  }

  /** Makes one that stays until it is detached, see `LoopDevices.attach`. */
  attach(
    { path, identity }: DiskFile,
    options: { name: string; isReadOnly: boolean },
  ): Promise<AttachedLoop> {
    return this.#disks.delegate('attachLoop', { file: path, identity, ...options }, path);
  }

  /** See `LoopDevices.detach`. */
  detach(loop: AttachedLoop, { isKept = true } = {}): Promise<boolean> {
    return this.#disks.delegate('detachLoop', { loop, isKept }, loop.path);
  }

  /** Makes the device at `path` as large as its file. */
  async resize(path: string): Promise<void> {
    await this.#disks.delegate('resizeLoop', { path }, path);
  }

  /** See `LoopDevices.over`. */
  async over(disks: readonly DiskFile[], mounts: readonly Mount[]): Promise<LoopOver[]> {
    const all = this.#loopDevices.mayBeOver(disks, mounts);
    const guesses = all.filter(({ isUnsure }) => !isUnsure);
    const [first] = disks;
    if (first === undefined) return [];
    const found = all.filter(({ isUnsure }) => isUnsure).map((guess) => this.#ask(guess));
    const likely =
      guesses.length === 0 ? [] : this.#disks.delegate('loopsAmong', { guesses }, first.path);
    return (await Promise.all([likely, ...found])).flat();
  }

  /** A device over a disk answers as soon as the disk does. One that does not answer is over something else. */
  async #ask(guess: LoopGuess): Promise<LoopOver[]> {
    try {
      const options = { timeoutMs: ANSWER_MS };
      return await this.#disks.delegate('loopsAmong', { guesses: [guess] }, guess.path, options);
    } catch (error) {
      if (error instanceof HelperError) return [];
      throw error;
    }
  }
}
