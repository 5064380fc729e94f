import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../../src/base/package-root.js';
import { eventually } from '../../kit/eventually.js';
import { type LogLine, parseLogLine } from '../../kit/log-line.js';

const MAIN = join(packageRoot(), 'dist/src/main.js');
const START_TIMEOUT_MS = 60_000;
export const AGENT_PORT = 1811;

/** The agent of a host, in the foreground and with the options of a node; what it says on the way is kept. */
export class AgentProcess {
  #child: ChildProcess | undefined;
  #lines: LogLine[] = [];
  #isReady = false;

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended: its exit code, or the name of a signal. */
  get end(): string {
    return String(this.#child?.exitCode ?? this.#child?.signalCode ?? 'running');
  }

  async start(): Promise<void> {
    const options = ['-f', '--no-ssl', '-p', String(AGENT_PORT), '--log-format', 'json'];
    const child = spawn(process.execPath, [MAIN, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#isReady = false;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#note(line);
    });
    await eventually(() => this.#isReady || !this.isRunning, START_TIMEOUT_MS);
    if (!this.isRunning) throw new Error(`the agent did not start: ${JSON.stringify(this.#lines)}`);
  }

  /** What it has logged since this was asked last. */
  takeLog(): LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  async ended(timeoutMs: number): Promise<boolean> {
    return eventually(() => !this.isRunning, timeoutMs).then(
      () => true,
      () => false,
    );
  }

  async stop(): Promise<void> {
    if (this.#child === undefined || !this.isRunning) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }

  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  get residentBytes(): number {
    const file = `/proc/${this.pid}/status`;
    const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }

  #note(line: string): void {
    const parsed = parseLogLine(line);
    if (parsed.message === 'node daemon started') this.#isReady = true;
    this.#lines.push(parsed);
  }
}
