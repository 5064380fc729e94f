import type { RequestOptions } from 'node:http';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createAgent, type Agent } from '../../../src/agent.js';
import { loadConfig, type Config } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { callJsonRpc } from '../../support/rpc-client.js';
import { makeOs } from '../../unit/os/fixtures.js';
import { recordingLogger } from '../../unit/rpc/fakes.js';
import { objectsIn, relocated, type Exchange } from './exchanges.js';
import { FakeMachine, makeDisk } from './fake-machine.js';

const SCRIPT = '/ganeti-chroot';
/** Puts a chroot into the first disk. */
const CREATE = `#!/bin/sh\nprintf '${SCRIPT}\\n' 1<>"$DISK_0_PATH"\n`;
const FAILING_CREATE = '#!/bin/sh\necho "no room on disk/0"\nexit 3\n';

/**
 * The whole agent in this process, with real files in a folder of its own and a fake machine below it.
 *
 * What it is asked may use the paths of a real node.
 */
export class ContractNode {
  readonly #machine: FakeMachine;
  readonly #stateDir: string;
  readonly #config: Config;
  readonly #agent: Agent;
  /** Where it listens. */
  readonly tcp: RequestOptions;
  readonly unix: RequestOptions;

  private constructor(
    stateDir: string,
    config: Config,
    machine: FakeMachine,
    agent: Agent,
    tcp: RequestOptions,
  ) {
    this.#stateDir = stateDir;
    this.#config = config;
    this.#machine = machine;
    this.#agent = agent;
    this.tcp = tcp;
    this.unix = { socketPath: config.paths.socket };
  }

  static async start(): Promise<ContractNode> {
    const stateDir = await realpath(await mkdtemp(join(tmpdir(), 'noded-')));
    const config = await makeConfig(stateDir);
    const machine = new FakeMachine(stateDir);
    const agent = await createAgent(config, '1.2.3', {
      logger: recordingLogger().logger,
      requestStop: () => undefined,
      doors: machine,
    });
    await agent.server.listenUnix(config.paths.socket);
    const { address, port } = await agent.server.listenPlain({ host: '127.0.0.1', port: 0 });
    return new ContractNode(stateDir, config, machine, agent, { host: address, port });
  }

  /** `value` with the paths of a real node turned into those of this one. */
  relocated<T>(value: T): T {
    return relocated(value, {
      '/srv/ganeti/file-storage': this.#storage,
      '/var/run/ganeti': this.#config.paths.runDir,
    });
  }

  get #storage(): string {
    return join(this.#stateDir, 'file-storage');
  }

  /** Makes the node what it was before the exchange, whose paths must be this node's. */
  async arrange({ params, scene = {} }: Exchange): Promise<void> {
    await this.reset();
    const { runs = [], disks = 'installed', folders = [], files = [] } = scene;
    for (const { logical_id: logicalId } of objectsIn(params, isFileDisk))
      await this.#arrangeDisk(String(logicalId[1]), disks);
    for (const folder of folders) await mkdir(folder, { recursive: true });
    for (const file of files) await writeDeeply(file);
    for (const name of runs) await this.#startInstance(name, params);
  }

  async close(): Promise<void> {
    await this.#agent.close();
    await rm(this.#stateDir, { recursive: true, force: true });
  }

  async reset(): Promise<void> {
    this.#machine.reset();
    const { runDir } = this.#config.paths;
    for (const folder of ['chroot-hypervisor', 'instance-disks'].map((name) => join(runDir, name)))
      await emptied(folder);
    await emptied(this.#storage);
  }

  async #arrangeDisk(path: string, state: 'installed' | 'blank' | 'missing'): Promise<void> {
    // Others than these are never to be touched.
    if (!path.startsWith(this.#storage)) return;
    await mkdir(dirname(path), { recursive: true });
    if (state !== 'missing') await makeDisk(path, state === 'blank' ? [] : [SCRIPT]);
  }

  /** Starts the instance as the request describes it, or else any of that name. */
  async #startInstance(name: string, params: unknown): Promise<void> {
    const described = objectsIn(params, isInstance).find((instance) => instance.name === name);
    const instance = described ?? this.#instance(name);
    for (const { logical_id: logicalId } of instance.disks_info)
      await this.#arrangeDisk(String(logicalId[1]), 'installed');
    await callJsonRpc(this.unix, 'instance_start', [instance, false, []]);
  }

  #instance(name: string): Instance {
    const path = join(this.#storage, name, 'disk0');
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
  await writeFile(configFile, JSON.stringify({ powercycle: { enabled: false } }));
  const config = loadConfig(parseOptions(['--state-dir', stateDir, '--config', configFile]));
  const { confDir, osSearchPath } = config.paths;
  await mkdir(confDir);
  await writeFile(join(confDir, 'file-storage-paths'), `${join(stateDir, 'file-storage')}\n`);
  for (const folder of osSearchPath) {
    await makeOs(join(folder, 'busybox'), { create: CREATE });
    await makeOs(join(folder, 'broken'), { create: FAILING_CREATE });
  }
  return config;
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

async function writeDeeply(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '');
}

function isFileDisk(found: object): found is Disk {
  return 'dev_type' in found && found.dev_type === 'file';
}

function isInstance(found: object): found is Instance {
  return 'disks_info' in found;
}
