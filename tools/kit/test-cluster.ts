import { type ChildProcessByStdio, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../scripts/testcluster', import.meta.url));

export type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** A command of scripts/testcluster that failed, with all that it has written. */
export class ClusterError extends Error {
  readonly output: string;

  constructor(what: string, output: string) {
    super(`${what}:\n${output.trim().slice(-4000)}`);
    this.name = 'ClusterError';
    this.output = output;
  }
}

/** scripts/testcluster, for one of the clusters that it tells apart. Their nodes are called node1, node2, … */
export class TestClusterScript {
  readonly #number: number;
  readonly #options: SpawnOptions;

  /**
   * @param number TESTCLUSTER_NUMBER, from 0 to 255
   * @param options how its commands are run: in a session of their own, or for a limited time
   */
  constructor(number: number, options: Pick<SpawnOptions, 'detached' | 'timeout'>) {
    this.#number = number;
    this.#options = options;
  }

  /** The first three numbers of its nodes' addresses, with a dot at the end. */
  get network(): string {
    return `10.98.${this.#number}.`;
  }

  /**
   * Runs one of its commands to the end and gives what it has written to standard output.
   *
   * @throws ClusterError
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
    const end = signal ?? `status ${code ?? '?'}`;
    throw new ClusterError(`testcluster ${command}: ${end}`, output + errors);
  }

  start(...args: readonly string[]): Program {
    return spawn(PROGRAM, args, {
      ...this.#options,
      env: { ...process.env, TESTCLUSTER_NUMBER: String(this.#number) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
}
