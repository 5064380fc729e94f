import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { errorCode } from '../../base/errno.js';
import { BLOCK_DEVICES } from '../device/loop-nodes.js';
import { freeLoop } from '../device/loop-status.js';
import { stepDone } from '../kernel/steps.js';
import { byteString, decodeName, readable } from '../proc/mount-table.js';

/** What reading about a loop device fails with that is free, or is being freed. */
const FREE = ['ENOENT', 'ENXIO', 'ENODEV'];

/** A loop device in /dev, and the file that it is over. */
interface LoopOver {
  readonly path: string;
  readonly file: string;
}

/**
 * What keeps a mount in use without any process: loop devices over files on it, and swap. Whoever made them is gone, so
 * that nobody else says what has to be done.
 *
 * The kernel names files by the mount through which they were opened. No disk is asked: one that hangs must not hold up
 * what is said about another.
 */
export class BusyMounts {
  readonly #root: string;

  /** @param root the directory at and below which the mounts are */
  constructor(root: string) {
    this.#root = byteString(root);
  }

  /** Detaches the loop devices over files at and below the directory that nobody uses; true when there was one. */
  detachLoops(): boolean {
    return loopsBelow(this.#root).filter(detachUnused).length > 0;
  }

  /** What uses files on the mount, for people. */
  holdersOf(mountPoint: string): string[] {
    return [
      ...loopsBelow(mountPoint).map(({ path, file }) => `${path} is over ${readable(file)}`),
      ...swapsBelow(mountPoint).map((file) => `swapoff ${readable(file)} ends the swap there`),
    ];
  }
}

/** Whether it is gone. */
function detachUnused({ path, file }: LoopOver): boolean {
  const isStillIt = () => backingFile(basename(path)) === file;
  if (freeLoop(path, isStillIt, { isKept: true }) === false) return false;
  stepDone('loop device freed', file);
  return true;
}

function loopsBelow(directory: string): LoopOver[] {
  const names = readdirSync(BLOCK_DEVICES).filter((name) => name.startsWith('loop'));
  return names.flatMap((name) => {
    const file = backingFile(name);
    return file?.startsWith(`${directory}/`) ? [{ path: `/dev/${name}`, file }] : [];
  });
}

/** One character a byte. */
function backingFile(name: string): string | undefined {
  try {
    const text = readFileSync(`${BLOCK_DEVICES}/${name}/loop/backing_file`, 'latin1');
    return text.replace(/\n$/, '');
  } catch (error) {
    if (FREE.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** The first field of each line but the first, see proc(5). */
function swapsBelow(directory: string): string[] {
  const lines = readFileSync('/proc/swaps', 'latin1').split('\n').slice(1);
  return lines
    .map((line) => decodeName(line.split(/\s/, 1)[0] ?? ''))
    .filter((file) => file.startsWith(`${directory}/`));
}
