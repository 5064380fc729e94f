import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { UrlOptions } from '../../../src/client/client.js';
import { composeDaemon, type ComposedDaemon } from '../../../src/compose/daemon.js';
import { type Config, loadConfig } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';
import { GANETI_VERSIONS } from '../../../src/ganeti/versions.js';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { callJsonRpc } from '../../../tools/kit/rpc-client.js';
import { makeOs } from '../../unit/os/fixtures.js';
import { recordingLogger } from '../../unit/rpc/fakes.js';
import {
  type ClusterIdentities,
  nodeCalled,
  theIdentities,
  writeClusterFiles,
  writeDeeply,
} from './cluster.js';
import { type Exchange, objectsIn, relocated } from './exchanges.js';
import { FakeMachine, makeDisk } from './fake-machine.js';
import { FakeMetadataDaemon } from './fake-metadata-daemon.js';
import { makeMachineFiles } from './machine-files.js';

const SCRIPT = '/ganeti-chroot';
const FAILING_CREATE = '#!/bin/sh\necho "no room on disk/0"\nexit 3\n';
/** Directories of the run directory in which calls leave something. */
const RUN_DIRECTORIES = [
  'chroot-hypervisor',
  'fake-hypervisor',
  'instance-disks',
  'import-export',
  'crypto',
];
/** What scenes put into the state directory itself. */
const LEFT_BY_SCENES = ['extstorage', 'images', 'oob'];

interface Parts {
  readonly stateDir: string;
  readonly config: Config;
  readonly machine: FakeMachine;
  readonly identities: ClusterIdentities;
  readonly daemon: ComposedDaemon;
  readonly metadata: FakeMetadataDaemon;
}

/**
 * The whole daemon in this process, with real files in a directory of its own and a fake machine below it, a member of the
 * cluster in which exchanges were recorded.
 *
 * What it is asked may use the paths of a real node.
 */
export class ContractNode {
  readonly #parts: Parts;
  /** Where it listens. */
  readonly tcp: { readonly host: string; readonly port: number };
  readonly unix: { readonly socketPath: string };

  private constructor(parts: Parts, tcp: ContractNode['tcp']) {
    this.#parts = parts;
    this.tcp = tcp;
    this.unix = { socketPath: parts.config.paths.socket };
  }

  static async start(): Promise<ContractNode> {
    const stateDir = await realpath(await mkdtemp(join(tmpdir(), 'noded-')));
    const config = await makeConfig(stateDir);
    const { paths } = config;
    const identities = theIdentities();
    await makeMachineFiles(stateDir);
    const machine = new FakeMachine(stateDir, paths.sshDir, identities);
    const daemon = await composeDaemon(config, '1.2.3', {
      logger: recordingLogger().logger,
      requestStop: () => undefined,
      // What the exchanges were recorded with.
      ganeti: { version: () => GANETI_VERSIONS['3.0'] },
      doors: machine,
      restrictedCommands: {
        owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
        failureDelayMs: 0,
      },
    });
    const metadata = await FakeMetadataDaemon.start(join(paths.runDir, 'socket/ganeti-metad'));
    await daemon.server.listenUnix(paths.socket);
    const { address, port } = await daemon.server.listenPlain({ host: '127.0.0.1', port: 0 });
    const parts = { stateDir, config, machine, identities, daemon, metadata };
    const node = new ContractNode(parts, { host: address, port });
    await node.reset();
    return node;
  }

  /** Where it listens, for a client. */
  get target(): UrlOptions {
    return { url: `http://${this.tcp.host}:${String(this.tcp.port)}` };
  }

  /** `value` with the paths of a real node turned into those of this one. */
  relocated<T>(value: T): T {
    const { stateDir, config } = this.#parts;
    const { runDir, dataDir, confDir, etcHosts, sshDir } = config.paths;
    return relocated(value, {
      '/srv/ganeti': stateDir,
      '/usr/share/ganeti': join(stateDir, 'share'),
      '/var/run/ganeti': runDir,
      '/var/lib/ganeti': dataDir,
      '/etc/ganeti': confDir,
      '/etc/hosts': etcHosts,
      '/root/.ssh': sshDir,
    });
  }

  /** Where there is an OS definition whose script fails, if it is asked for. */
  get #brokenOs(): string {
    return join(this.#parts.stateDir, 'os/broken');
  }

  get #storageDirectories(): string[] {
    const { stateDir } = this.#parts;
    return [join(stateDir, 'file-storage'), join(stateDir, 'shared-file-storage')];
  }

  /** Makes the node what it was before the exchange, whose paths must be this node's. */
  async arrange({ node, params, scene = {} }: Exchange): Promise<void> {
    const { machine } = this.#parts;
    machine.programs.self = nodeCalled(node);
    await this.reset();
    machine.programs.lvm.hasVolumes = scene.hasVolumes ?? false;
    const { runs = [], disks = 'installed', directories = [], files = [] } = scene;
    for (const disk of objectsIn(params, isFileDisk)) await this.#arrangeDisk(disk, disks);
    for (const directory of directories) await mkdir(directory, { recursive: true });
    for (const file of files) if (!existsSync(file)) await writeDeeply(file);
    for (const [path, text] of Object.entries(scene.texts ?? {})) await writeDeeply(path, text);
    for (const [path, text] of Object.entries(scene.programs ?? {}))
      await writeDeeply(path, text, 0o755);
    for (const { os } of objectsIn(params, isInstance))
      if (os.startsWith('broken')) await makeOs(this.#brokenOs, { create: FAILING_CREATE });
    for (const name of runs) await this.#startInstance(name, params);
    machine.commands.runs.length = 0;
    machine.loopDevices.resized.length = 0;
    machine.nodeChanges.length = 0;
  }

  /** What programs were asked since the last exchange was arranged, one a line. */
  get ran(): string {
    return this.#parts.machine.commands.argvs.map((argv) => `${argv.join(' ')}\n`).join('');
  }

  /** What the metadata daemon was told since then. */
  get toldMetadata(): readonly unknown[] {
    return this.#parts.metadata.told;
  }

  /** Loop devices that were made as large as their files since then. */
  get resized(): readonly string[] {
    return this.#parts.machine.loopDevices.resized;
  }

  /** Nodes of disks in chroots that have come and gone since then. */
  get nodeChanges(): readonly string[] {
    return this.#parts.machine.nodeChanges;
  }

  /** What the file of an instance of the fake hypervisor says; undefined when it does not run. */
  fakeInstance(instance: string): string | undefined {
    const path = this.relocated(`/var/run/ganeti/fake-hypervisor/${instance}`);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** Whether the instance has its root. */
  isMounted(instance: string): boolean {
    const root = this.relocated(`/var/run/ganeti/chroot-hypervisor/${instance}`);
    return this.#parts.machine.mountTable.mountPoints.includes(root);
  }

  async close(): Promise<void> {
    const { daemon, metadata, stateDir } = this.#parts;
    await daemon.close();
    await metadata.close();
    // Programs that transfers have started may still be writing their logs.
    await rm(stateDir, { recursive: true, force: true, maxRetries: 3 });
  }

  async reset(): Promise<void> {
    const { config, machine, metadata, identities, stateDir } = this.#parts;
    const { runDir, dataDir, confDir, sshDir } = config.paths;
    machine.reset();
    metadata.told.length = 0;
    const runDirectories = RUN_DIRECTORIES.map((name) => join(runDir, name));
    await Promise.all([
      ...[...runDirectories, ...this.#storageDirectories].map(emptied),
      ...[
        dataDir,
        confDir,
        sshDir,
        this.#brokenOs,
        ...LEFT_BY_SCENES.map((name) => join(stateDir, name)),
      ].map(removed),
    ]);
    await writeClusterFiles(
      config.paths,
      this.#storageDirectories,
      machine.programs.self,
      identities,
    );
  }

  async #arrangeDisk({ logical_id: id, size }: Disk, state: 'installed' | 'blank' | 'missing') {
    const path = String(id[1]);
    // Others than these are never to be touched.
    if (!this.#storageDirectories.some((directory) => path.startsWith(`${directory}/`))) return;
    await mkdir(dirname(path), { recursive: true });
    if (state !== 'missing') await makeDisk(path, state === 'blank' ? [] : [SCRIPT], size);
  }

  /** Starts the instance as the request describes it, or else any of that name. */
  async #startInstance(name: string, params: unknown): Promise<void> {
    const described = objectsIn(params, isInstance).find((instance) => instance.name === name);
    const instance = described ?? this.#instance(name);
    for (const disk of instance.disks_info) await this.#arrangeDisk(disk, 'installed');
    await callJsonRpc(this.unix, 'instance_start', [instance, false, []]);
  }

  #instance(name: string): Instance {
    const path = join(this.#parts.stateDir, 'file-storage', name, 'disk0');
    return {
      name,
      os: 'busybox+default',
      hypervisor: 'chroot',
      hvparams: { init_script: SCRIPT },
      beparams: {},
      nics: [],
      disks_info: [{ dev_type: 'file', logical_id: ['loop', path], size: 64, mode: 'rw' }],
    };
  }
}

async function makeConfig(stateDir: string): Promise<Config> {
  const configFile = join(stateDir, 'noded.json');
  const osSearchPath = [join(stateDir, 'os'), join(stateDir, 'share/os')];
  await writeFile(
    configFile,
    JSON.stringify({ powercycle: { enabled: false }, paths: { osSearchPath } }),
  );
  return loadConfig(parseOptions(['--state-dir', stateDir, '--config', configFile]));
}

async function removed(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function emptied(directory: string): Promise<void> {
  await removed(directory);
  await mkdir(directory, { recursive: true });
}

function isFileDisk(found: object): found is Disk {
  return 'dev_type' in found && found.dev_type === 'file';
}

function isInstance(found: object): found is Instance {
  return 'disks_info' in found;
}
