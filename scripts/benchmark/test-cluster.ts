import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../scripts/testcluster', import.meta.url));

export type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** scripts/testcluster, for one of the clusters that it tells apart. */
export class TestCluster {
  readonly #number: number;

  /** @param number TESTCLUSTER_NUMBER, from 0 to 255 */
  constructor(number: number) {
    this.#number = number;
  }

  addressOf(node: number): string {
    return `10.98.${this.#number}.${node}`;
  }

  /**
   * Runs one of its commands to the end and gives what it has written.
   *
   * @throws Error with what it wrote to standard error, if it fails
   */
  async run(...args: readonly string[]): Promise<string> {
    const program = this.start(...args);
    program.stdin.end();
    const [output, errors, [code, signal]] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      once(program, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    if (code === 0) return output;
    const command = args.join(' ').slice(0, 200);
    throw new Error(
      `testcluster ${command}: ${signal ?? `status ${code ?? '?'}`}: ${errors.trim().slice(-2000)}`,
    );
  }

  /** In a session of its own: Ctrl-C is for the benchmark, which then takes the clusters down in order. */
  start(...args: readonly string[]): Program {
    return spawn(PROGRAM, args, {
      env: { ...process.env, TESTCLUSTER_NUMBER: String(this.#number) },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  }
}
