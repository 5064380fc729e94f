import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DemoFailure } from './screen.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** How long the agent may take to finish what it is doing. */
const STOP_MS = 30_000;

/** A real agent with a state folder of its own, on a free port of the loopback interface and on a Unix socket. */
export class DemoAgent {
  readonly stateDir: string;
  /** The control group below which its instances are. */
  readonly cgroupParent: string;
  /** Its command line, as a person would type it. */
  readonly commandLine: string;
  #process: ChildProcess | undefined;
  #port = 0;

  constructor({ stateDir, cgroupParent }: { stateDir: string; cgroupParent: string }) {
    this.stateDir = stateDir;
    this.cgroupParent = cgroupParent;
    this.commandLine = ['chroot-noded', ...this.#options].join(' ');
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** The certificate that it made itself, with the key. */
  get certificate(): string {
    return join(this.stateDir, 'lib/server.pem');
  }

  get socket(): string {
    return join(this.stateDir, 'run/chroot-noded.sock');
  }

  get logFile(): string {
    return join(this.stateDir, 'log/node-daemon.log');
  }

  /** Ends when the agent takes calls. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#configure();
    signal.throwIfAborted();
    // In a session of its own: Ctrl-C is for the demo, which then takes everything down in order.
    const agent = spawn(process.execPath, [MAIN, ...this.#options], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#process = agent;
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      agent.once('error', reject);
      signal.addEventListener('abort', () => {
        reject(new DemoFailure('interrupted'));
      });
      agent.once('exit', () => {
        reject(new DemoFailure(`the agent ended: ${lines.join('\n')}`));
      });
      createInterface({ input: agent.stderr }).on('line', (line) => {
        lines.push(line);
        this.#port = Number(/ listening .*\bport=(\d+)/.exec(line)?.[1] ?? this.#port);
        if (line.includes(' node daemon started ')) resolve();
      });
    });
  }

  /** Asks it to end, and kills it if it does not. The exit status, or undefined if it was killed or never started. */
  async stop(): Promise<number | undefined> {
    const agent = this.#process;
    if (agent?.pid === undefined) return undefined;
    if (agent.exitCode === null && agent.signalCode === null) {
      const limit = new AbortController();
      const ended = once(agent, 'exit').then(() => {
        limit.abort();
      });
      agent.kill('SIGTERM');
      await Promise.race([ended, delay(STOP_MS, undefined, limit).catch(() => undefined)]);
      agent.kill('SIGKILL');
      await ended;
    }
    return agent.exitCode ?? undefined;
  }

  get #options(): string[] {
    return ['--foreground', '--state-dir', this.stateDir, '--bind', '127.0.0.1', '--port', '0'];
  }

  async #configure(): Promise<void> {
    const config = {
      chroot: { cgroupParent: this.cgroupParent },
      powercycle: { enabled: false },
    };
    await mkdir(join(this.stateDir, 'etc'));
    await writeFile(join(this.stateDir, 'etc/chroot-noded.json'), JSON.stringify(config));
  }
}
