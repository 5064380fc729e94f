import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readable } from '../../../src/system/proc/mount-table.js';
import { makeImage } from '../../kit/image.js';
import { readMounts } from '../../kit/machine/observer.js';
import { instanceOf, INSTANCES } from '../requests/vocabulary.js';
import { diskFile, type HostPaths, sharedDiskFile } from './paths.js';
import { type SceneFile, sceneFiles } from './scene-files.js';

const IMAGE = '/srv/pristine';

/** How the scene asks the daemon, and gets an error if that fails. */
export type Ask = (method: string, params: unknown) => Promise<unknown>;

/** The state of a host from which every request starts: without it a failure could not be shown again. */
export class Scene {
  readonly #paths: HostPaths;
  readonly #files: ReadonlyMap<string, SceneFile>;
  /** What tells whether a file is as it was made, by path. */
  readonly #marks = new Map<string, string>();

  constructor(paths: HostPaths) {
    this.#paths = paths;
    this.#files = new Map(Object.entries(sceneFiles(paths)));
  }

  /** Makes it on a host that has nothing of ours yet; before the daemon runs. */
  async prepare(): Promise<void> {
    const { confDir, dataDir, exportDir, osDir, sharedStorage } = this.#paths;
    for (const directory of [confDir, dataDir, exportDir, osDir, '/root/.ssh', '/usr/lib/ganeti'])
      rmSync(directory, { recursive: true, force: true });
    mkdirSync(sharedStorage, { recursive: true });
    await makeImage(IMAGE);
    this.#restoreFiles();
    await this.#restoreDisks();
  }

  /**
   * Puts back what requests have changed.
   *
   * @param isDeep whether disks may have been written to: those of a running instance show it in no other way
   */
  async restore(ask: Ask, { isDeep }: { isDeep: boolean }): Promise<void> {
    this.#restoreFiles();
    removeProducts();
    if (isDeep || !this.#areInstancesRight()) await this.#restoreInstances(ask);
    else await this.#restoreDisks(INSTANCES.ready);
  }

  /** Stops every instance there is. */
  async stopInstances(ask: Ask): Promise<void> {
    for (const name of this.#mounted())
      await ask('instance_shutdown', [instanceOf(this.#paths, name), 0, []]);
  }

  async #restoreInstances(ask: Ask): Promise<void> {
    await this.stopInstances(ask);
    this.#removeStrangers();
    await this.#restoreDisks();
    await ask('instance_start', [instanceOf(this.#paths, INSTANCES.running), false, []]);
  }

  #areInstancesRight(): boolean {
    const running = this.#mounted();
    return running.length === 1 && running[0] === INSTANCES.running;
  }

  /** Names of the instances whose roots are mounted. */
  #mounted(): string[] {
    const directory = `${this.#paths.runDir}/chroot-hypervisor/`;
    const points = readMounts()
      .map(({ mountPoint }) => readable(mountPoint))
      .filter((point) => point.startsWith(directory));
    return [...new Set(points.map((point) => point.slice(directory.length).split('/')[0] ?? ''))];
  }

  #restoreFiles(): void {
    for (const [path, { text, mode = 0o644 }] of this.#files) {
      if (this.#isMarked(path)) continue;
      rmSync(path, { recursive: true, force: true });
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode });
      chmodSync(path, mode);
      this.#marks.set(path, markOf(path));
    }
  }

  /** Disks that no instance of the scene has. */
  #removeStrangers(): void {
    const { storage, sharedStorage } = this.#paths;
    const known: readonly string[] = [INSTANCES.running, INSTANCES.ready];
    for (const directory of [storage, sharedStorage]) {
      // A call may have removed it: it is one of those that the node allows.
      mkdirSync(directory, { recursive: true });
      for (const name of readdirSync(directory))
        if (!known.includes(name)) rmSync(join(directory, name), { recursive: true, force: true });
    }
  }

  /** @param only of this instance; without it, of all, whether or not they look right */
  async #restoreDisks(only?: string): Promise<void> {
    for (const [instance, path] of this.#disks()) {
      if (only !== undefined && (instance !== only || this.#isMarked(path))) continue;
      rmSync(path, { recursive: true, force: true });
      await mkdir(dirname(path), { recursive: true });
      await copyFile(IMAGE, path);
      this.#marks.set(path, markOf(path));
    }
  }

  #disks(): (readonly [instance: string, path: string])[] {
    const { running, ready } = INSTANCES;
    return [
      [running, diskFile(this.#paths, running)],
      [ready, diskFile(this.#paths, ready)],
      [ready, diskFile(this.#paths, ready, 1)],
      [ready, sharedDiskFile(this.#paths, ready)],
    ];
  }

  #isMarked(path: string): boolean {
    const mark = this.#marks.get(path);
    return mark !== undefined && mark === markOf(path);
  }
}

function markOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  const { ino, size, mtimeMs, ctimeMs, mode, nlink } = stats;
  return [ino, size, mtimeMs, ctimeMs, mode, nlink].join(' ');
}

/** What calls are asked to make for their caller to take away: nobody does here. */
function removeProducts(): void {
  for (const name of readdirSync('/tmp').filter((one) => one.startsWith('ganeti-os-')))
    rmSync(join('/tmp', name), { force: true });
}
