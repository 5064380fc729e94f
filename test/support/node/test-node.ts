import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { UrlOptions } from '../../../src/client/client.js';
import type { NodedConfig } from '../../../src/generated/config.js';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { DAEMON_MAIN, DaemonProcess } from '../../../tools/kit/daemon-process.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { type ImageOptions, makeImage } from '../../../tools/kit/image.js';
import type { LogLine } from '../../../tools/kit/log-line.js';
import { type MachineState, machineState } from '../../../tools/kit/machine/machine-state.js';
import { callGaneti, callJsonRpc } from '../../../tools/kit/rpc-client.js';
import type { MountNamespace } from '../machine/mount-namespace.js';

const run = promisify(execFile);
/** So that whatever the daemon starts and forgets can be told by its working directory. */
const IN_DIRECTORY = ['sh', '-c', 'cd "$0" && exec "$@"'];

/** How `machineState` names the keeper of logs. */
const KEEPER = /^\d+ noded-logs /;

/** How the daemon's process comes to be. */
export interface LaunchOptions {
  /** The daemon's program; `src/main` unless given. */
  readonly main?: string;
  /** Arguments of Node.js itself. */
  readonly nodeArgs?: readonly string[];
  /** A command line that ends by becoming the one that is put behind it. */
  readonly wrapper?: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that are left open to the daemon, from descriptor 3 on. */
  readonly descriptors?: readonly number[];
  /** Whether Ganeti's wire is spoken with TLS. */
  readonly hasSsl?: boolean;
  /** Added to the daemon's command line. */
  readonly args?: readonly string[];
  /** Where the daemon and all that it starts live instead of in our mount namespace. */
  readonly namespace?: MountNamespace;
}

/**
 * A real daemon in a process and a state directory of its own, with all that a test needs to drive it.
 *
 * `stopInstances` and `close` must be called whatever happens.
 */
export class TestNode {
  readonly stateDir: string;
  readonly log: LogLine[] = [];
  #daemon: DaemonProcess | undefined;
  readonly #config: NodedConfig;
  readonly #launch: LaunchOptions;

  private constructor(stateDir: string, config: NodedConfig, launch: LaunchOptions) {
    this.stateDir = stateDir;
    this.#config = config;
    this.#launch = launch;
  }

  /** @param config the daemon's configuration file */
  static async start(config: NodedConfig = {}, launch: LaunchOptions = {}): Promise<TestNode> {
    const stateDir = await mkdtemp(join(tmpdir(), 'noded-test-'));
    // Named like the directory, so that what is left of either can be found.
    const chroot = { cgroupParent: basename(stateDir), ...config.chroot };
    // Not what happens to be installed here.
    const ganeti = { version: '3.0', ...config.ganeti } as const;
    // The programs that examine a container would be found where a test looks for what is left.
    const log = { examination: false, ...config.log };
    const node = new TestNode(stateDir, { ...config, chroot, ganeti, log }, launch);
    await node.startDaemon();
    return node;
  }

  get socket(): string {
    return join(this.#runDir, 'chroot-noded.sock');
  }

  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  get #port(): number {
    return this.#daemon?.port ?? 0;
  }

  get rootDir(): string {
    return join(this.#runDir, 'chroot-hypervisor');
  }

  get #runDir(): string {
    return this.#config.paths?.runDir ?? join(this.stateDir, 'run');
  }

  /** The root of an instance's chroot. */
  root(instance: string): string {
    return join(this.rootDir, instance);
  }

  async startDaemon(): Promise<void> {
    const configFile = join(this.stateDir, 'noded.json');
    await writeFile(configFile, JSON.stringify(this.#config));
    const { main = DAEMON_MAIN, nodeArgs = [], hasSsl = false, args = [] } = this.#launch;
    const address = [...(hasSsl ? ['-b', '127.0.0.1'] : ['--no-ssl']), '-p', '0'];
    const options = ['-f', ...address, '--log-format', 'json', ...args];
    const command = [process.execPath, ...nodeArgs, main, ...options, '--state-dir', this.stateDir];
    this.#daemon = this.#launchDaemon([...command, '--config', configFile]);
    await this.#daemon.started();
    // Its handlers of signals are there when it answers.
    await this.call('version', []);
  }

  #launchDaemon(command: readonly string[]): DaemonProcess {
    const { wrapper = [], env = {}, descriptors = [], namespace } = this.#launch;
    const [program, ...args] = [...(namespace?.wrapper ?? []), ...IN_DIRECTORY, this.stateDir];
    return new DaemonProcess([program, ...args, ...wrapper, ...command], {
      env,
      descriptors,
      stdout: 'inherit',
      onLine: (line) => this.log.push(line),
    });
  }

  get isDaemonRunning(): boolean {
    return this.#daemon?.isRunning === true;
  }

  /**
   * Ends the daemon with `signal` and waits until it is gone.
   *
   * @throws Error if it did not end, and had to be killed
   */
  async stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const endedInTime = (await this.#daemon?.stop(signal)) ?? true;
    if (!endedInTime) throw new Error(`the daemon did not end on ${signal}`);
  }

  /** A JSON-RPC call over the Unix socket. */
  call(method: string, params: unknown): Promise<unknown> {
    return callJsonRpc({ socketPath: this.socket }, method, params);
  }

  /** A call over Ganeti's wire. */
  ganeti(call: string, params: unknown): Promise<[boolean, unknown]> {
    return callGaneti(this.target, call, params);
  }

  /** Where Ganeti's wire is spoken; with TLS as the holder of the cluster's certificate. */
  get target(): UrlOptions {
    const address = `127.0.0.1:${this.#port}`;
    if (this.#launch.hasSsl !== true) return { url: `http://${address}` };
    const pem = readFileSync(this.certificate);
    return { url: `https://${address}`, cert: pem, rejectUnauthorized: false };
  }

  /** Key and certificate of the cluster, in one file. */
  get certificate(): string {
    return join(this.stateDir, 'lib/server.pem');
  }

  /** The same for raw requests, without TLS. */
  plain(path: string): RequestOptions {
    return { host: '127.0.0.1', port: this.#port, path };
  }

  /** The same with TLS. */
  secure(path: string): RequestOptions {
    const pem = readFileSync(this.certificate);
    return {
      ...this.plain(path),
      key: pem,
      cert: pem,
      rejectUnauthorized: false,
    } as RequestOptions;
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

  /** Makes the disk of another instance a copy of one that is there. */
  async copyDisk(from: string, to: string): Promise<Instance> {
    await mkdir(join(this.stateDir, 'file-storage', to), { recursive: true });
    await run('cp', ['--sparse=always', this.diskPath(from), this.diskPath(to)]);
    return this.instance(to);
  }

  /** Makes the disks of so many instances: inst1, inst2, … */
  async crowd(count: number): Promise<Instance[]> {
    await this.makeDisk('inst0', { sizeMiB: 4 });
    const instances: Instance[] = [];
    for (let index = 1; index <= count; index++)
      instances.push(await this.copyDisk('inst0', `inst${index}`));
    return instances;
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
    const { mountinfo } = this.#launch.namespace ?? {};
    return machineState(basename(this.stateDir), mountinfo);
  }

  /** What there is of instances: nothing when none runs. */
  leftovers(): string[] {
    const { mounts, loops, cgroups, processes } = this.state();
    const isHelper = (line: string) =>
      line.includes(' noded-helper (') && line.includes(`, parent ${this.pid},`);
    const others = processes.filter(
      // Helpers are there while the daemon is.
      (line) => !line.startsWith(`${this.pid} `) && !isHelper(line),
    );
    return [
      ...mounts,
      ...loops,
      // The group above those of the instances is there while the daemon is.
      ...cgroups.filter((path) => !path.endsWith(basename(this.stateDir))),
      // The keeper of logs is there while the daemon is.
      ...others.filter((line) => !KEEPER.test(line)),
    ];
  }

  /** Stops every instance, by a new daemon: the old one may be part of the trouble. */
  async stopInstances(): Promise<void> {
    await this.stopDaemon('SIGKILL');
    await this.startDaemon();
    for (const name of await readdir(this.rootDir)) await this.shutdown(this.instance(name), 0);
  }

  /** Ends the daemon, and removes all files; instances must have been stopped. */
  async close(): Promise<void> {
    await this.stopDaemon();
    // Until it has seen that the daemon is gone, and with it the last who needs it.
    await eventually(() => !this.state().processes.some((line) => KEEPER.test(line)));
    await rm(this.stateDir, { recursive: true, force: true });
  }
}
