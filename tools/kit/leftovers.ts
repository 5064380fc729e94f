import { execFile } from 'node:child_process';
import { constants, lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseMountinfo, readable } from '../../src/system/proc/mount-table.js';

const run = promisify(execFile);
/** How long what has just been let go of may take to be gone. */
const SETTLE_MS = 5_000;
const POLL_MS = 50;

/** What of this machine belongs to the demo. */
export interface Belongings {
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
  readonly controlGroups: readonly string[];
  readonly processes: readonly number[];
}

/** Finds whatever is mounted, runs, or is set up for the demo: the machine's other work is not looked at. */
export class Leftovers {
  readonly #stateDir: string;
  readonly #cgroupParent: string;

  constructor({ stateDir, cgroupParent }: { stateDir: string; cgroupParent: string }) {
    this.#stateDir = stateDir;
    this.#cgroupParent = cgroupParent;
  }

  find(): Belongings {
    const loopDevices = this.#loopDevices();
    return {
      mounts: this.#mounts(loopDevices),
      loopDevices,
      controlGroups: this.#controlGroups(),
      processes: this.#processes(),
    };
  }

  /** All of it, one a line, after it had the time to go by itself. */
  describe(): Promise<string[]> {
    return this.#waitForNothing(() => Promise.resolve());
  }

  /**
   * Takes down whatever a demo that went wrong has left, without the agent's help, and removes the state folder.
   *
   * @throws Error that names what is still there
   */
  async removeAll(): Promise<void> {
    const left = await this.#waitForNothing(() => this.#takeDown());
    if (left.length > 0)
      throw new Error(`${this.#stateDir} is kept, for there is ${left.join(', ')}`);
    await rm(this.#stateDir, { recursive: true });
  }

  /** @param help is done again and again meanwhile */
  async #waitForNothing(help: () => Promise<void>): Promise<string[]> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const { mounts, loopDevices, controlGroups, processes } = this.find();
      const found = [
        ...mounts.map((path) => `a mount at ${path}`),
        ...loopDevices.map((path) => `loop device ${path}`),
        ...controlGroups.map((path) => `control group ${path}`),
        ...processes.map((pid) => `process ${pid}`),
      ];
      if (found.length === 0 || performance.now() > end) return found;
      await help();
      await delay(POLL_MS);
    }
  }

  /** One attempt at it; whatever does not go now is found again. */
  async #takeDown(): Promise<void> {
    const { mounts, loopDevices, controlGroups, processes } = this.find();
    for (const pid of processes) attempt(() => process.kill(pid, 'SIGKILL'));
    for (const mount of mounts.toReversed()) await run('umount', [mount]).catch(() => undefined);
    // Those of mounts went with them.
    for (const device of loopDevices)
      await run('losetup', ['--detach', device]).catch(() => undefined);
    for (const group of controlGroups.toReversed())
      attempt(() => {
        rmdirSync(group);
      });
  }

  /** In the order in which they were mounted. */
  #mounts(loopDevices: readonly string[]): string[] {
    return parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1'))
      .map(({ mountPoint, source }) => ({ path: readable(mountPoint), source }))
      .filter(({ path, source }) => this.#isInside(path) || loopDevices.includes(source))
      .map(({ path }) => path);
  }

  #loopDevices(): string[] {
    const all = readdirSync('/sys/block').filter((name) => name.startsWith('loop'));
    const isOurs = (name: string) =>
      attempt(() => this.#isInside(readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8')));
    return all.filter(isOurs).map((name) => `/dev/${name}`);
  }

  /** Parents before children. */
  #controlGroups(): string[] {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const hierarchies = mounts.filter((line) => / cgroup2? /.test(line));
    return hierarchies.flatMap((line) =>
      foldersFrom(join(line.split(' ')[1] ?? '', this.#cgroupParent)),
    );
  }

  /** Those that are in our control groups, live in the chroot, or write to the state folder; who only looks may stay. */
  #processes(): number[] {
    const numbers = readdirSync('/proc').map(Number);
    return numbers.filter((pid) => pid > 0 && pid !== process.pid && this.#isOurs(pid));
  }

  #isOurs(pid: number): boolean {
    const folder = `/proc/${pid}`;
    // In a container without an init, what has ended stays listed until the container ends. It holds nothing.
    if (attempt(() => readFileSync(`${folder}/status`, 'utf8'))?.includes('State:\tZ') === true)
      return false;
    const groups = attempt(() => readFileSync(`${folder}/cgroup`, 'utf8')) ?? '';
    if (groups.includes(`/${this.#cgroupParent}/`)) return true;
    const fds = attempt(() => readdirSync(`${folder}/fd`)) ?? [];
    const links = ['root', 'exe', ...fds.map((fd) => `fd/${fd}`)].map(
      (name) => `${folder}/${name}`,
    );
    return links.some((link) =>
      attempt(() => this.#isInside(readlinkSync(link)) && isForWriting(link)),
    );
  }

  #isInside(path: string): boolean {
    return path.startsWith(`${this.#stateDir}/`);
  }
}

function foldersFrom(folder: string): string[] {
  const entries = attempt(() => readdirSync(folder, { withFileTypes: true }));
  if (entries === undefined) return [];
  const below = entries.filter((entry) => entry.isDirectory());
  return [folder, ...below.flatMap(({ name }) => foldersFrom(join(folder, name)))];
}

/** Of an open file, the link in /proc says it. */
function isForWriting(link: string): boolean {
  return !link.includes('/fd/') || (lstatSync(link).mode & constants.S_IWUSR) !== 0;
}

/** Undefined when what it is about is gone meanwhile, as things in /proc and /sys often are. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
