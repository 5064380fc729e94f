import { readFileSync } from 'node:fs';
import { type AttachedLoop, LoopDevices } from '../device/loop-devices.js';
import { byteString, decodeName, readable } from '../proc/mount-table.js';

/** A loop device, and the file that it is over, one character a byte. */
interface BackedLoop extends AttachedLoop {
  readonly file: string;
}

/**
 * What keeps a mount in use without any process: loop devices over files on it, and swap. Their maker is gone, so that
 * nobody else says what has to be done.
 *
 * The kernel names files by the mount through which they were opened. No disk is asked: one that hangs must not hold up
 * what is said about another.
 */
export class BusyMounts {
  readonly #root: string;
  readonly #loopDevices = new LoopDevices();

  /** @param root the directory at and below which the mounts are */
  constructor(root: string) {
    this.#root = byteString(root);
  }

  /** Detaches the loop devices over files at and below the directory that nobody uses; true when there was one. */
  detachLoops(): boolean {
    const isDetached = (loop: BackedLoop) => this.#loopDevices.detach(loop);
    return this.#loopsBelow(this.#root).filter(isDetached).length > 0;
  }

  /** What uses files on the mount, for people. */
  holdersOf(mountPoint: string): string[] {
    const loops = this.#loopsBelow(mountPoint);
    return [
      ...loops.map(({ path, file }) => `${path} is over ${readable(file)}`),
      ...swapsBelow(mountPoint).map((file) => `swapoff ${readable(file)} ends the swap there`),
    ];
  }

  #loopsBelow(directory: string): BackedLoop[] {
    return this.#loopDevices.used().flatMap((path) => {
      // First: if the file is that of a later use, this is out of date.
      const sequence = this.#loopDevices.sequence(path);
      const file = this.#loopDevices.backingBytes(path);
      return file?.startsWith(`${directory}/`) === true ? [{ path, sequence, file }] : [];
    });
  }
}

/** The first field of each line but the first, see proc(5). */
function swapsBelow(directory: string): string[] {
  const lines = readFileSync('/proc/swaps', 'latin1').split('\n').slice(1);
  return lines
    .map((line) => decodeName(line.split(/\s/, 1)[0] ?? ''))
    .filter((file) => file.startsWith(`${directory}/`));
}
