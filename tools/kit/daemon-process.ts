import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { type LogLine, parseLogLine } from './log-line.js';

/** The daemon's program. */
export const DAEMON_MAIN = fileURLToPath(new URL('../../bundle/main.js', import.meta.url));

/** More than a start or a stop takes, however busy the machine is. */
const TIME_LIMIT_MS = 120_000;

export interface DaemonProcessOptions {
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What becomes of its standard output, where it should write nothing. */
  readonly stdout?: 'ignore' | 'inherit';
  /** Files that are left open to it, from descriptor 3 on. */
  readonly descriptors?: readonly number[];
  /** In a session of its own, so that Ctrl-C does not reach it. */
  readonly isDetached?: boolean;
  /** Gets each line of its log, and what else it writes to standard error. */
  readonly onLine?: (line: LogLine) => void;
}

/** A real daemon in a child process, from its start to its end. Its log goes to standard error, in either format. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #onLine: (line: LogLine) => void;
  /** What it wrote while it started. */
  readonly #startLines: string[] = [];
  #hasStarted = false;
  #port = 0;

  /** Starts it; `started` waits until it takes calls. */
  constructor(
    [program, ...args]: readonly [string, ...string[]],
    {
      env,
      stdout = 'ignore',
      descriptors = [],
      isDetached = false,
      onLine = () => undefined,
    }: DaemonProcessOptions = {},
  ) {
    this.#onLine = onLine;
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'pipe', ...descriptors],
      detached: isDetached,
    });
    this.#child.once('error', ({ message }) => {
      this.#startLines.push(message);
    });
    if (this.#child.stderr !== null)
      createInterface({ input: this.#child.stderr }).on('line', (line) => {
        this.#note(line);
      });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Where it takes calls over the network. */
  get port(): number {
    return this.#port;
  }

  get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Undefined while it runs, and if a signal has ended it. */
  get exitStatus(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** How it ended: its exit status, or the name of a signal. */
  get end(): string {
    return String(this.#child.exitCode ?? this.#child.signalCode ?? 'running');
  }

  /**
   * Waits until it takes calls.
   *
   * @throws Error with what it wrote, if it ends or the time is over before it does
   */
  async started(): Promise<void> {
    await isSoon(() => this.#hasStarted || !this.isRunning, TIME_LIMIT_MS);
    if (!this.#hasStarted)
      throw new Error(`the daemon did not start (${this.end}): ${this.#startLines.join('\n')}`);
  }

  /** Whether it ends within the time limit. */
  ended(timeoutMs: number): Promise<boolean> {
    return isSoon(() => !this.isRunning, timeoutMs);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Ends it with `signal`, and with SIGKILL if the time is over before it has ended.
   *
   * @returns whether it ended in time
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = TIME_LIMIT_MS): Promise<boolean> {
    if (!this.isRunning) return true;
    this.kill(signal);
    if (await this.ended(timeoutMs)) return true;
    const exit = once(this.#child, 'exit');
    this.kill('SIGKILL');
    await exit;
    return false;
  }

  #note(line: string): void {
    if (!this.#hasStarted) this.#startLines.push(line);
    const parsed = parseLogLine(line);
    if (parsed.message === 'listening') this.#port = Number(parsed['port']);
    if (parsed.message === 'node daemon started') this.#hasStarted = true;
    this.#onLine(parsed);
  }
}

function isSoon(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  return eventually(condition, timeoutMs).then(
    () => true,
    () => false,
  );
}
