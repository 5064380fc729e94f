import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NodedConfig } from '../../src/generated/config.js';
import type { Disk, Instance } from '../../src/generated/objects.js';
import { makeImage, type ImageOptions } from './images.js';
import { machineState, type MachineState } from './machine-state.js';
import { callGaneti, callJsonRpc } from './rpc-client.js';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;

/** One line of the agent's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [name: string]: unknown;
}

/**
 * A real agent in a process and a state folder of its own, with all that a test needs to drive it.
 *
 * `close` must be called whatever happens: it stops what runs and removes everything.
 */
export class TestNode {
  readonly stateDir: string;
  readonly log: LogLine[] = [];
  #agent: ChildProcess | undefined;
  #port = 0;
  readonly #config: NodedConfig;

  private constructor(stateDir: string, config: NodedConfig) {
    this.stateDir = stateDir;
    this.#config = config;
  }

  /** @param config the agent's configuration file */
  static async start(config: NodedConfig = {}): Promise<TestNode> {
    const stateDir = await mkdtemp(join(tmpdir(), 'noded-test-'));
    // Named like the folder, so that what is left of either can be found.
    const chroot = { cgroupParent: basename(stateDir), ...config.chroot };
    const node = new TestNode(stateDir, { ...config, chroot });
    await node.startAgent();
    return node;
  }

  get socket(): string {
    return join(this.stateDir, 'run/chroot-noded.sock');
  }

  get pid(): number {
    return this.#agent?.pid ?? 0;
  }

  get rootDir(): string {
    return join(this.stateDir, 'run/chroot-hypervisor');
  }

  /** The root of an instance's chroot. */
  root(instance: string): string {
    return join(this.rootDir, instance);
  }

  async startAgent(): Promise<void> {
    const configFile = join(this.stateDir, 'noded.json');
    await writeFile(configFile, JSON.stringify(this.#config));
    const options = ['-f', '--no-ssl', '-p', '0', '--log-format', 'json'];
    const agent = spawn(
      process.execPath,
      [MAIN, ...options, '--state-dir', this.stateDir, '--config', configFile],
      { stdio: ['ignore', 'inherit', 'pipe'] },
    );
    this.#agent = agent;
    await new Promise<void>((resolve, reject) => {
      agent.once('exit', (code) => {
        reject(new Error(`the agent ended with ${String(code)}: ${JSON.stringify(this.log)}`));
      });
      createInterface({ input: agent.stderr }).on('line', (line) => {
        const parsed = this.#note(line);
        if (parsed.message === 'listening') this.#port = Number(parsed['port']);
        if (parsed.message === 'node daemon started') resolve();
      });
    });
  }

  #note(line: string): LogLine {
    const parsed = line.startsWith('{')
      ? (JSON.parse(line) as LogLine)
      : { level: 'stderr', message: line };
    this.log.push(parsed);
    return parsed;
  }

  /** Ends the agent with `signal` and waits until it is gone. */
  async stopAgent(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    if (agent === undefined || agent.exitCode !== null || agent.signalCode !== null) return;
    agent.kill(signal);
    await once(agent, 'exit');
  }

  /** A JSON-RPC call over the Unix socket. */
  call(method: string, params: unknown): Promise<unknown> {
    return callJsonRpc({ socketPath: this.socket }, method, params);
  }

  /** A call over Ganeti's wire. */
  ganeti(call: string, params: unknown): Promise<[boolean, unknown]> {
    return callGaneti({ host: '127.0.0.1', port: this.#port }, call, params);
  }

  /** A disk of the file template; the file is not made. */
  disk(instance: string, index = 0, sizeMiB = 8): Disk {
    const path = join(this.stateDir, 'file-storage', instance, `disk${index}`);
    return {
      dev_type: 'file',
      logical_id: ['loop', path],
      size: sizeMiB,
      mode: 'rw',
      iv_name: `disk/${index}`,
    };
  }

  /** The file of a disk. */
  diskPath(instance: string, index = 0): string {
    return String(this.disk(instance, index).logical_id[1]);
  }

  /** An instance with one disk. */
  instance(name: string, changes: Partial<Instance> = {}): Instance {
    return {
      name,
      os: 'busybox+default',
      hypervisor: 'chroot',
      hvparams: { init_script: '/ganeti-chroot' },
      beparams: { maxmem: 64, minmem: 64, vcpus: 1 },
      nics: [],
      disks_info: [this.disk(name)],
      ...changes,
    };
  }

  /** Makes the disk image of an instance. */
  async makeDisk(name: string, options: ImageOptions = {}): Promise<Instance> {
    await mkdir(join(this.stateDir, 'file-storage', name), { recursive: true });
    await makeImage(this.diskPath(name), options);
    return this.instance(name);
  }

  start(instance: Instance): Promise<unknown> {
    return this.call('instance_start', [instance, false, []]);
  }

  shutdown(instance: Instance, timeoutSeconds = 10): Promise<unknown> {
    return this.call('instance_shutdown', [instance, timeoutSeconds, []]);
  }

  /** Names of the instances that run. */
  async running(): Promise<string[]> {
    const all = await this.call('all_instances_info', [['chroot'], { chroot: {} }]);
    return Object.keys(all as object).sort();
  }

  /** What of this machine has to do with this node. */
  state(): MachineState {
    return machineState(basename(this.stateDir));
  }

  /** Stops every instance and the agent, and removes all files. */
  async close(): Promise<void> {
    if (this.#agent === undefined) await this.startAgent();
    for (const name of await this.running()) await this.shutdown(this.instance(name), 0);
    await this.stopAgent();
    await rm(this.stateDir, { recursive: true, force: true });
  }
}
