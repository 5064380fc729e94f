import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DAEMON_MAIN, DaemonProcess } from '../kit/daemon-process.js';
import type { LogLine } from '../kit/log-line.js';
import { familyOf, isAlive, procText } from '../kit/machine/processes.js';
import { MOUNT_SECONDS, START_SECONDS } from './load/behaviours.js';
import { LogJudge } from './load/excuses.js';

const PROBE = new URL('./memory-probe.js', import.meta.url).href;
/** More than the daemon takes to write a file, however busy the machine is. */
const PATIENCE_MS = 120_000;
const POLL_MS = 20;
const MIB = 1024 * 1024;
/** What a helper calls itself once it has started. */
const HELPER_TITLE = 'noded-helper';
/** The helpers, and the keeper of logs: as they start, and as they call themselves then. */
const HELPER_COMMAND = new RegExp(`^(${HELPER_TITLE}|noded-logs)|(helper|log-keeper)-main\\.js`);

/** What makes a daemon end, to be started again; SIGHUP only makes it look at its files again. */
export type RestartSignal = 'SIGTERM' | 'SIGKILL' | 'SIGHUP';

/** What a process has in memory. */
export interface DaemonMemory {
  /** Objects of JavaScript, and what belongs to them outside of its heap. */
  readonly heapMiB: number;
  /** All, as the kernel counts it. */
  readonly rssMiB: number;
}

/** A real daemon in a process and a state directory of its own, with TLS on a free port; one life follows another. */
export class SoakDaemon {
  readonly stateDir: string;
  /** Files that it makes in passing: nobody else's are in this directory. */
  readonly temporaryDir: string;
  readonly #complain: (line: string) => void;
  readonly #helpers = new Set<number>();
  readonly #judge = new LogJudge();
  #process: DaemonProcess | undefined;
  #life = 0;
  #isStopped = false;
  #ready: Promise<void> = Promise.resolve();

  /** @param complain is told of what the daemon logs as an error, or writes otherwise: it should do neither */
  constructor(stateDir: string, complain: (line: string) => void) {
    this.stateDir = stateDir;
    this.temporaryDir = join(stateDir, 'tmp');
    this.#complain = complain;
  }

  get #memoryFile(): string {
    return join(this.stateDir, 'memory.json');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** The helper processes and the keeper of logs that are there now, with those of earlier lives that have not ended. */
  get helpers(): number[] {
    this.#noteHelpers();
    for (const pid of this.#helpers) if (!isAlive(pid) || !isHelper(pid)) this.#helpers.delete(pid);
    return [...this.#helpers];
  }

  /** Whether any of them has come so far that it can be given jobs. */
  get hasReadyHelper(): boolean {
    return this.helpers.some((pid) => procText(pid, 'cmdline').startsWith(HELPER_TITLE));
  }

  get port(): number {
    return this.#process?.port ?? 0;
  }

  get socket(): string {
    return join(this.stateDir, 'run/chroot-noded.sock');
  }

  get dataDir(): string {
    return join(this.stateDir, 'lib');
  }

  /** The control group below which those of its instances are. */
  get cgroupParent(): string {
    return basename(this.stateDir);
  }

  /** Another number once the daemon is about to end: whatever a caller began before that may be cut short. */
  get life(): number {
    return this.#life;
  }

  /** Ends when calls are taken, at once unless it is being restarted. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Makes the directories that others put something into before it is started. */
  async prepare(): Promise<void> {
    for (const name of ['etc', 'lib', 'os', 'tmp']) await mkdir(join(this.stateDir, name));
    const config = {
      chroot: { cgroupParent: this.cgroupParent, startTimeout: START_SECONDS },
      log: { format: 'json' },
      powercycle: { enabled: false },
      timeouts: { mount: MOUNT_SECONDS },
    };
    await writeFile(join(this.stateDir, 'etc/chroot-noded.json'), JSON.stringify(config));
  }

  /** @throws Error when it ends instead of taking calls, or was told to stop */
  async start(): Promise<void> {
    if (this.#isStopped) throw new Error('the daemon is not started any more');
    const options = ['--foreground', '--bind', '127.0.0.1', '--port', '0'];
    const node = [process.execPath, '--expose-gc', '--import', PROBE] as const;
    this.#process = new DaemonProcess(
      [...node, DAEMON_MAIN, ...options, '--state-dir', this.stateDir],
      {
        env: { TMPDIR: this.temporaryDir, SOAK_MEMORY_FILE: this.#memoryFile },
        // Ctrl-C is for the soak, which then takes everything down in order.
        isDetached: true,
        onLine: (line) => {
          this.#complainOf(line);
        },
      },
    );
    await this.#process.started();
  }

  /** What it has in memory when nothing is there any more to be collected. */
  async memory(): Promise<DaemonMemory> {
    await rm(this.#memoryFile, { force: true });
    this.#process?.kill('SIGUSR2');
    await this.#waitForFile(this.#memoryFile);
    const usage = JSON.parse(await readFile(this.#memoryFile, 'utf8')) as NodeJS.MemoryUsage;
    await rm(this.#memoryFile);
    return {
      heapMiB: (usage.heapUsed + usage.external) / MIB,
      rssMiB: usage.rss / MIB,
    };
  }

  /** Calls wait meanwhile (`ready`), or fail in another `life` than they began in. */
  async restart(signal: RestartSignal): Promise<void> {
    if (signal === 'SIGHUP') {
      await this.#rotateLog();
      return;
    }
    this.#life++;
    // They have to end with it.
    this.#noteHelpers();
    this.#ready = this.#startAgain(signal);
    await this.#ready;
  }

  /**
   * Asks it to end, for good: a restart that is under way fails.
   *
   * @returns the exit status, or undefined if it had to be killed or was not there
   */
  async stop(): Promise<number | undefined> {
    this.#isStopped = true;
    this.#life++;
    return this.#end('SIGTERM');
  }

  #noteHelpers(): void {
    const family = isAlive(this.pid) ? familyOf(this.pid) : [];
    for (const pid of family) if (isHelper(pid)) this.#helpers.add(pid);
  }

  async #startAgain(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const status = await this.#end(signal);
    if (signal === 'SIGTERM' && status !== 0)
      this.#complain(`the daemon ended with ${String(status)} on SIGTERM`);
    await this.start();
  }

  /** The exit status, or undefined if a signal ended it or it was not there. */
  async #end(signal: NodeJS.Signals): Promise<number | undefined> {
    await this.#process?.stop(signal);
    return this.#process?.exitStatus;
  }

  #complainOf(line: LogLine): void {
    const complaint = this.#judge.complaintOf(line);
    if (complaint !== undefined) this.#complain(complaint);
  }

  /** As logrotate(8) does it. */
  async #rotateLog(): Promise<void> {
    const log = join(this.stateDir, 'log/node-daemon.log');
    await rename(log, `${log}.1`);
    this.#process?.kill('SIGHUP');
    await this.#waitForFile(log);
    await rm(`${log}.1`);
  }

  async #waitForFile(file: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!existsSync(file)) {
      if (performance.now() > end) throw new Error(`the daemon did not write ${file}`);
      await delay(POLL_MS);
    }
  }
}

function isHelper(pid: number): boolean {
  return HELPER_COMMAND.test(procText(pid, 'cmdline'));
}
