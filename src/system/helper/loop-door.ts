import type { DiskFile } from '../device/disk-files.js';
import type { AttachedLoop, LoopDevices, LoopGuess, LoopOver } from '../device/loop-devices.js';
import type { MountTable } from '../proc/mount-table.js';
import type { DiskDoor } from './disk-jobs.js';
import { HelperError } from './failures.js';

/** How long a loop device may take to say what it is over. */
const ANSWER_MS = 5_000;

/**
 * What is done to loop devices, and asked of them, through their nodes: by helpers, since the kernel asks the file system
 * below. `LoopDevices` itself only reads what `/sys` says, and may be asked directly.
 */
export class LoopDoor {
  readonly #disks: DiskDoor;
  readonly #loopDevices: Pick<LoopDevices, 'mayBeOver'>;
  readonly #mountTable: Pick<MountTable, 'read'>;

  constructor({
    disks,
    loopDevices,
    mountTable,
  }: {
    disks: DiskDoor;
    loopDevices: Pick<LoopDevices, 'mayBeOver'>;
    mountTable: Pick<MountTable, 'read'>;
  }) {
    this.#disks = disks;
    this.#loopDevices = loopDevices;
    this.#mountTable = mountTable;
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

  /** All loop devices over any of the disks, whichever name a disk was opened by. */
  async over(disks: readonly DiskFile[]): Promise<LoopOver[]> {
    const [first] = disks;
    if (first === undefined) return [];
    const all = this.#loopDevices.mayBeOver(disks, await this.#mountTable.read());
    const guesses = all.filter(({ isUnsure }) => !isUnsure);
    const found = all.filter(({ isUnsure }) => isUnsure).map((guess) => this.#ask(guess));
    const likely =
      guesses.length === 0 ? [] : this.#disks.delegate('loopsAmong', { guesses }, first.path);
    const loops = (await Promise.all([likely, ...found])).flat();
    return [...new Map(loops.map((loop) => [loop.path, loop])).values()];
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
