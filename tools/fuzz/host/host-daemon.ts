import { DAEMON_MAIN, DaemonProcess } from '../../kit/daemon-process.js';
import type { LogLine } from '../../kit/log-line.js';

export const DAEMON_PORT = 1811;

/** The daemon of a host, in the foreground and with the options of a node; what it says on the way is kept. */
export class HostDaemon {
  #daemon: DaemonProcess | undefined;
  #lines: LogLine[] = [];

  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#daemon?.isRunning === true;
  }

  /** How it ended: its exit status, or the name of a signal. */
  get end(): string {
    return this.#daemon?.end ?? 'not started';
  }

  async start({ hasSsl = false } = {}): Promise<void> {
    const address = hasSsl ? [] : ['--no-ssl'];
    const options = ['-f', ...address, '-p', String(DAEMON_PORT), '--log-format', 'json'];
    this.#daemon = new DaemonProcess([process.execPath, DAEMON_MAIN, ...options], {
      onLine: (line) => this.#lines.push(line),
    });
    await this.#daemon.started();
  }

  /** What it has logged since this was asked last. */
  takeLog(): LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  async ended(timeoutMs: number): Promise<boolean> {
    return (await this.#daemon?.ended(timeoutMs)) ?? true;
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
  }
}
