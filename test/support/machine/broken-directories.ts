import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of 64 KiB with what was in the directory, and then filled, both with bytes and with names. */
const FILL = `cp -a . ../tiny; mount -t tmpfs -o size=64k,nr_inodes=64 full .; cd "$PWD"; cp -a ../tiny/. .; rm -r ../tiny
  dd if=/dev/zero of=filler bs=4k; i=0; while mkdir "filler$i"; do i=$((i + 1)); done; true`;

/** Directories that cannot be written to until `restore`, which must be called whatever happens. */
export class BrokenDirectories {
  readonly #broken: string[] = [];

  /** Puts a full file system in the place of a directory, with what was in it. */
  async fill(path: string): Promise<void> {
    await run('bash', ['-c', FILL], { cwd: path });
    this.#broken.push(path);
  }

  async makeReadOnly(path: string): Promise<void> {
    await run('mount', ['--bind', path, path]);
    this.#broken.push(path);
    await run('mount', ['-o', 'remount,bind,ro', path]);
  }

  async restore(): Promise<void> {
    for (const path of this.#broken.splice(0)) await run('umount', ['--lazy', path]);
  }
}
