import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';

/** A process of this test: none of the daemon's and of no instance. */
export class Outsider {
  static readonly #all = new Set<Outsider>();
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    Outsider.#all.add(this);
  }

  /** For the end of each test, however it went. */
  static async killAll(): Promise<void> {
    for (const outsider of Outsider.#all) await outsider.kill();
  }

  /** Starts a program that goes on until it is killed. */
  static run(
    program: string,
    args: readonly string[] = [],
    { cwd = '/', stdio = 'ignore' }: { cwd?: string; stdio?: StdioOptions } = {},
  ): Outsider {
    return new Outsider(spawn(program, args, { cwd, stdio, detached: true }));
  }

  /** Starts a program and waits until it has said something: then it is as far as it should be. */
  static async ready(
    program: string,
    args: readonly string[],
    { cwd = '/' }: { cwd?: string } = {},
  ): Promise<Outsider> {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    await once(child.stdout, 'data');
    return new Outsider(child);
  }

  /** A process that sleeps in a directory. */
  static sleepingIn(cwd: string): Outsider {
    return Outsider.run('sleep', ['infinity'], { cwd });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether nobody has ended it yet. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    Outsider.#all.delete(this);
    if (!this.isAlive) return;
    const ended = once(this.#child, 'exit');
    // With all that it has started.
    process.kill(-this.pid, 'SIGKILL');
    await ended;
  }
}
