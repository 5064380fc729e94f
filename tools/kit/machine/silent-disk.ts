import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeImage } from '../image.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./silent-disk-main.js', import.meta.url));

/** A file system with one disk image in it, which can fall silent: who asks it for anything then waits, in state D. */
export class SilentDisk {
  /** Where it is mounted. */
  readonly directory: string;
  /** The disk image. */
  readonly path: string;
  readonly #server: ChildProcess;

  private constructor(directory: string, server: ChildProcess) {
    this.directory = directory;
    this.path = join(directory, 'disk');
    this.#server = server;
  }

  /**
   * @param directory to be made, with other files beside it
   * @throws Error when it can't be mounted: without /dev/fuse, for instance
   */
  static async create(directory: string): Promise<SilentDisk> {
    await mkdir(directory);
    const image = `${directory}.image`;
    await makeImage(image);
    const server = spawn(process.execPath, [PROGRAM, directory, image], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Ctrl-C is for us, who take it down in order.
      detached: true,
    });
    const isMounted = await Promise.race([
      once(server.stdout, 'data').then(() => true),
      once(server, 'exit').then(() => false),
    ]);
    if (!isMounted) throw new Error(`can't mount a file system of our own at ${directory}`);
    return new SilentDisk(directory, server);
  }

  async fallSilent(): Promise<void> {
    await writeFile(`${this.directory}.silent`, '');
  }

  async answer(): Promise<void> {
    await rm(`${this.directory}.silent`, { force: true });
  }

  /** All who wait fail. */
  async remove(): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill('SIGKILL');
    await ended;
    await run('umount', ['--lazy', this.directory]);
    await rm(this.directory, { recursive: true });
    for (const name of ['image', 'silent']) await rm(`${this.directory}.${name}`, { force: true });
  }
}
