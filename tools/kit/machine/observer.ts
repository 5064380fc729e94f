import { constants, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mount, parseMountinfo } from '../../../src/system/proc/mount-table.js';
import { allPids, isAlive, linkOf, procText } from './processes.js';

/** So deep in a hierarchy of control groups a daemon may have its own. */
const GROUP_DEPTH = 4;

/**
 * How a process can have to do with a directory: one of its links in /proc leads into it, it has a file there open for
 * writing, or it is in a control group of that name.
 */
export type Tie = 'root' | 'exe' | 'cwd' | 'writes' | 'control group';

export interface LoopDevice {
  /** Its node: `/dev/loop7`. */
  readonly device: string;
  readonly backingFile: string;
}

/** Finds what of this machine has to do with a daemon, a test or a host; other work on the machine is not looked at. */
export class Observer {
  readonly #marker: string;
  readonly #mountinfo: string;

  /**
   * @param marker the name of the state directory, or what else is in the names of all that is looked for
   * @param mountinfo of another mount namespace
   */
  constructor(marker: string, mountinfo?: string) {
    this.#marker = marker;
    this.#mountinfo = mountinfo ?? '/proc/self/mountinfo';
  }

  /** In the order in which they were mounted; those of its loop devices wherever they are. */
  mounts(): Mount[] {
    const devices = this.loopDevices().map(({ device }) => device);
    const lines = readFileSync(this.#mountinfo, 'latin1').split('\n');
    return lines.flatMap((line) =>
      parseMountinfo(line).filter(({ source }) => this.#isIn(line) || devices.includes(source)),
    );
  }

  /** Those whose backing file it is. */
  loopDevices(): LoopDevice[] {
    return readdirSync('/sys/block')
      .filter((name) => name.startsWith('loop'))
      .map((name) => ({
        device: `/dev/${name}`,
        backingFile: textOf(`/sys/block/${name}/loop/backing_file`).trim(),
      }))
      .filter(({ backingFile }) => this.#isIn(backingFile));
  }

  /** Paths, parents before children, in all hierarchies. */
  controlGroups(): string[] {
    return textOf('/proc/self/mounts')
      .split('\n')
      .filter((line) => / cgroup2? /.test(line))
      .flatMap((line) => this.#groupsBelow(line.split(' ')[1] ?? '', GROUP_DEPTH));
  }

  /** Those that have one of these ties, without our own process. What has ended and is still listed holds nothing. */
  processes(...ties: readonly Tie[]): number[] {
    return allPids().filter(
      (pid) => pid !== process.pid && ties.some((tie) => this.#isTied(pid, tie)) && isAlive(pid),
    );
  }

  #groupsBelow(directory: string, depth: number): string[] {
    if (depth === 0) return [];
    return directoriesIn(directory).flatMap((path) =>
      this.#isIn(path)
        ? [path, ...this.#groupsBelow(path, Infinity)]
        : this.#groupsBelow(path, depth - 1),
    );
  }

  #isTied(pid: number, tie: Tie): boolean {
    if (tie === 'control group') return this.#isIn(procText(pid, 'cgroup'));
    if (tie === 'writes') return this.#hasFileForWriting(pid);
    return this.#isIn(linkOf(pid, tie));
  }

  #hasFileForWriting(pid: number): boolean {
    const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
    return descriptors.some((descriptor) => {
      const link = `fd/${descriptor}`;
      return this.#isIn(linkOf(pid, link)) && isForWriting(`/proc/${pid}/${link}`);
    });
  }

  #isIn(text: string): boolean {
    return text.includes(this.#marker);
  }
}

/** All mounts of our mount namespace, or of one of which this is the mountinfo. */
export function readMounts(mountinfo = '/proc/self/mountinfo'): Mount[] {
  return parseMountinfo(readFileSync(mountinfo, 'latin1'));
}

/** None of a directory that is gone: groups of others come and go. */
function directoriesIn(directory: string): string[] {
  const entries = attempt(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
}

/** The mode of the link in /proc says it. */
function isForWriting(link: string): boolean {
  const mode = attempt(() => lstatSync(link).mode) ?? 0;
  return (mode & constants.S_IWUSR) !== 0;
}

function textOf(path: string): string {
  return attempt(() => readFileSync(path, 'utf8')) ?? '';
}

/** Undefined when what it is about is gone meanwhile, as things in /proc and /sys often are. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
