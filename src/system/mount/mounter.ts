import { fileURLToPath } from 'node:url';
import { CommandError, type CommandRunner } from '../command/command.js';
import {
  type Mount,
  mountAt,
  mountsBelow,
  MountTable,
  type OpenRoot,
  type WantedMounts,
} from '../proc/mount-table.js';
import type { Leftover } from './unmount-tree.js';

/** How unmount-tree-main.js says that mounts are left. */
const EXIT_LEFTOVERS = 3;
const UNMOUNT_TREE = fileURLToPath(new URL('./unmount-tree-main.js', import.meta.url));

/** Mounts that are still there after all was tried; the message names each with its reason. */
export class UnmountError extends Error {
  readonly leftovers: readonly Leftover[];

  constructor(leftovers: readonly Leftover[], options?: ErrorOptions) {
    super(
      leftovers.map(({ mountPoint, reason }) => `${mountPoint}: ${reason}`).join('; '),
      options,
    );
    this.name = 'UnmountError';
    this.leftovers = leftovers;
  }
}

/** Mounts and unmounts, each in a program of its own with a time limit. */
export class Mounter {
  readonly #commands: CommandRunner;
  readonly #timeoutMs: number;
  readonly #table: MountTable;
  /** Why this process can't mount a disk; undefined when nothing is known to be missing. */
  readonly missingRight: () => string | undefined;

  constructor({
    commands,
    timeoutMs,
    table,
    missingRight = () => undefined,
  }: {
    commands: CommandRunner;
    timeoutMs: number;
    table: MountTable;
    missingRight?: () => string | undefined;
  }) {
    this.#commands = commands;
    this.#timeoutMs = timeoutMs;
    this.#table = table;
    this.missingRight = missingRight;
  }

  /** All mounts, with the names of those that are `wanted` (`MountTable.read`). */
  mounts(wanted?: WantedMounts): Promise<Mount[]> {
    return this.#table.read(wanted);
  }

  /** Whether anything is mounted at `path`; unlike `mounts`, quick when there are many. */
  isMountPoint(path: string): boolean {
    return this.#table.isMountPoint(path);
  }

  /** Opens the directory as what was mounted there first has it (`MountTable.openFirst`). */
  openFirst(path: string): Promise<OpenRoot | undefined> {
    return this.#table.openFirst(path);
  }

  /**
   * Mounts the block device `source` at `target`, privately: what is mounted inside does not spread.
   *
   * No helper programs (mount.TYPE) are run: they leave daemons behind.
   *
   * @throws CommandError
   */
  async mount(
    source: string,
    target: string,
    { isReadOnly }: { isReadOnly: boolean },
  ): Promise<void> {
    const options = isReadOnly ? ['-o', 'ro'] : [];
    await this.#run(['mount', '-n', '-i', '--make-private', ...options, '--', source, target]);
  }

  /**
   * Unmounts `root` and all below it, or with `keepRoot` all but what was mounted first.
   *
   * `root`'s own path must be trusted; the names below it need not be.
   *
   * @throws UnmountError naming what is still mounted
   * @throws CommandError when it takes too long
   */
  async unmountTree(root: string, { keepRoot = false } = {}): Promise<void> {
    const mounts = await this.mounts({ within: [root] });
    const below = mountsBelow(mounts, root);
    const atRoot = mounts.filter(
      ({ mountPoint }) => mountPoint === mountAt(mounts, root)?.mountPoint,
    );
    if (below.length === 0 && atRoot.length <= (keepRoot ? 1 : 0)) return;
    if (below.length === 0 && atRoot.length === 1 && !keepRoot) {
      await this.#unmountOne(root);
      return;
    }
    await this.#unmountAll(root, keepRoot);
  }

  /** What is in the way, the program for whole trees finds. */
  async #unmountOne(root: string): Promise<void> {
    try {
      await this.#run(['umount', '-n', '-i', '-c', root]);
    } catch (error) {
      if (!(error instanceof CommandError) || error.timedOut) throw error;
      await this.#unmountAll(root, false);
    }
  }

  async #unmountAll(root: string, keepRoot: boolean): Promise<void> {
    try {
      await this.#run([process.execPath, UNMOUNT_TREE, root, keepRoot ? 'below' : 'all']);
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== EXIT_LEFTOVERS) throw error;
      throw new UnmountError(JSON.parse(error.stdout) as Leftover[], { cause: error });
    }
  }

  async #run(argv: readonly [string, ...string[]]): Promise<void> {
    await this.#commands.run(argv, { timeoutMs: this.#timeoutMs });
  }
}
