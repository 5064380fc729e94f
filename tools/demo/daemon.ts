import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DAEMON_MAIN, DaemonProcess } from '../kit/daemon-process.js';
import { DemoFailure } from './screen.js';

/** How long the daemon may take to finish what it is doing. */
const STOP_MS = 30_000;

/** A real daemon with a state directory of its own, on a free port of the loopback interface and on a Unix socket. */
export class DemoDaemon {
  readonly stateDir: string;
  /** The control group below which its instances are. */
  readonly cgroupParent: string;
  /** Its command line, as a person would type it. */
  readonly commandLine: string;
  #process: DaemonProcess | undefined;

  constructor({ stateDir, cgroupParent }: { stateDir: string; cgroupParent: string }) {
    this.stateDir = stateDir;
    this.cgroupParent = cgroupParent;
    this.commandLine = ['chroot-noded', ...this.#options].join(' ');
  }

  get url(): string {
    return `https://127.0.0.1:${this.#process?.port ?? 0}`;
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

  /** Ends when the daemon takes calls. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#configure();
    signal.throwIfAborted();
    // Ctrl-C is for the demo, which then takes everything down in order.
    this.#process = new DaemonProcess([process.execPath, DAEMON_MAIN, ...this.#options], {
      isDetached: true,
    });
    const interruption = once(signal, 'abort').then(() => {
      throw new DemoFailure('interrupted');
    });
    await Promise.race([this.#process.started(), interruption]);
  }

  /** Asks it to end, and kills it if it does not. The exit status, or undefined if it was killed or never started. */
  async stop(): Promise<number | undefined> {
    await this.#process?.stop('SIGTERM', STOP_MS);
    return this.#process?.exitStatus;
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
