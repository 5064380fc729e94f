import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { packageRoot } from '../../../src/base/package-root.js';
import { eventually } from '../../kit/eventually.js';
import { Observer } from '../../kit/machine/observer.js';
import type { CampaignOptions, CampaignReport } from '../campaign.js';

const run = promisify(execFile);
const SCRIPT = join(packageRoot(), 'tools/fuzz/host/throw-away-host.sh');
const MAIN = new URL('../campaign-main.js', import.meta.url).pathname;

/** A host on which one campaign runs; it must be closed whatever happens. */
export class ThrowAwayHost {
  /** In the paths of all its disks, and of its control groups. */
  readonly #name = `noded-fuzz-${randomBytes(4).toString('hex')}`;
  readonly #observer = new Observer(this.#name);
  #process: ChildProcess | undefined;

  /** @throws Error when the host could not be made, or the campaign broke off */
  async run(options: CampaignOptions, say: (line: string) => void): Promise<CampaignReport> {
    const campaign = [process.execPath, MAIN, this.#name, JSON.stringify(options)];
    const host = ['bash', SCRIPT, this.#name, packageRoot(), ...campaign];
    // It ends with us, whichever way we end.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...host], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const ended = once(child, 'close');
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      say(line);
    });
    const output = await text(child.stdout);
    await ended;
    if (child.exitCode !== 0 || output === '')
      throw new Error(`the campaign broke off: ${lines.slice(-20).join('\n')}`);
    return JSON.parse(output) as CampaignReport;
  }

  /** Ends it, and removes what the kernel does not: plugged disks, and control groups. */
  async close(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'close');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await eventually(() => this.#areLoopsFree(), 30_000);
    // Deepest first.
    await eventually(() => this.#observer.controlGroups().toReversed().every(removed), 30_000);
  }

  /** Most go with their mounts, at any moment; those of plugged disks are detached. */
  async #areLoopsFree(): Promise<boolean> {
    const devices = this.#observer.loopDevices();
    await Promise.allSettled(devices.map(({ device }) => run('losetup', ['--detach', device])));
    return devices.length === 0;
  }
}

/** False while processes in it are still ending. */
function removed(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
