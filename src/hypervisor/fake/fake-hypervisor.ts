import { errorReason } from '../../base/errno.js';
import { HypervisorError } from '../../base/errors.js';
import { translate } from '../../base/translate.js';
import type {
  Console,
  Instance,
  InstanceConfig,
  MigrationStatus,
  NodeHypervisorInfo,
} from '../../generated/objects.js';
import {
  BaseHypervisor,
  type HypervisorInstanceInfo,
  type HypervisorInstanceUsage,
  INSTANCE_RUNNING,
  type NodeDoor,
} from '../hypervisor.js';
import { FAKE_PARAMETERS } from './fake-parameters.js';
import type { InstanceFile, InstanceFiles } from './instance-files.js';

const NO_CONSOLE = 'Console not available for fake hypervisor';

/**
 * Instances that are only files (Ganeti: hv_fake.FakeHypervisor): masters, clients and scripts can be tested with them
 * where nothing can be mounted. The disks of an instance are found and linked as those of any other, and not looked into.
 */
export class FakeHypervisor extends BaseHypervisor {
  override readonly name = 'fake';
  override readonly parameters = FAKE_PARAMETERS;
  readonly #files: InstanceFiles;
  readonly #node: NodeDoor;

  constructor({ files, node }: { files: InstanceFiles; node: NodeDoor }) {
    super();
    this.#files = files;
    this.#node = node;
  }

  override async startInstance(instance: Instance): Promise<void> {
    const { name } = instance;
    await this.#failWith(`Failed to start instance ${name}`, async () => {
      if (await this.#isAlive(name)) throw new HypervisorError('already running');
      await this.#markUp(instance, await this.instanceStartupMemory(instance));
    });
  }

  override async stopInstance({ name }: Instance): Promise<{ isGone: boolean }> {
    await this.#failWith(`Failed to stop instance ${name}`, async () => {
      if (!(await this.#isAlive(name))) throw new HypervisorError('not running');
      await this.#files.remove(name);
    });
    return { isGone: true };
  }

  override rebootInstance(): Promise<void> {
    return Promise.resolve();
  }

  override listInstances(): Promise<string[]> {
    return this.#files.names();
  }

  override async getInstanceInfo(name: string): Promise<HypervisorInstanceInfo | undefined> {
    const file = await this.#files.read(name);
    return file === undefined ? undefined : infoOf(name, file);
  }

  override async getAllInstancesInfo(): Promise<HypervisorInstanceInfo[]> {
    const names = await this.#files.names();
    const infos = await Promise.all(names.map((name) => this.getInstanceInfo(name)));
    // One that was stopped meanwhile has none.
    return infos.filter((info) => info !== undefined);
  }

  /** Nothing: there is no process. */
  override async getInstanceUsage(name: string): Promise<HypervisorInstanceUsage> {
    if (!(await this.#isAlive(name))) throw new HypervisorError(`Instance ${name} is not running`);
    return { memoryBytes: null, processes: 0, cpuSeconds: null, cgroup: null, memoryKills: null };
  }

  /** What the node has, less the memory that its instances would use. */
  override async getNodeInfo(): Promise<NodeHypervisorInfo> {
    const node = await this.#node.info();
    const instances = await this.getAllInstancesInfo();
    const used = instances.reduce((sum, { memory }) => sum + memory, 0);
    return { ...node, memory_free: Math.max(0, node.memory_free - used) };
  }

  override getInstanceConsole({ name }: InstanceConfig): Promise<Console> {
    return Promise.resolve({ instance: name, kind: 'msg', message: NO_CONSOLE });
  }

  override async verify(): Promise<string | null> {
    const problem = `The required directory '${this.#files.directory}' does not exist`;
    return this.formatVerifyResults((await this.#files.exists()) ? [] : [problem]);
  }

  override async balloonInstanceMemory(instance: Instance, memoryMiB: number): Promise<void> {
    const { name } = instance;
    await this.#failWith(`Failed to balloon memory for ${name}`, async () => {
      if (!(await this.#isAlive(name))) throw new HypervisorError('not running');
      await this.#markUp(instance, memoryMiB);
    });
  }

  override powercycleNode(): Promise<void> {
    return this.#node.powercycle();
  }

  override async acceptInstance({ name }: Instance): Promise<void> {
    if (await this.#isAlive(name))
      throw new HypervisorError("Can't accept instance, already running");
  }

  /** The two nodes learn how it went when the migration is finalized. */
  override migrateInstance(): Promise<void> {
    return Promise.resolve();
  }

  override async finalizeMigrationDst(
    instance: Instance,
    _info: unknown,
    isSuccess: boolean,
  ): Promise<void> {
    const { name } = instance;
    await this.#failWith(`Failed to finalize the migration of ${name}`, async () => {
      if (isSuccess) await this.#markUp(instance, await this.instanceStartupMemory(instance));
      else await this.#files.remove(name);
    });
  }

  override async finalizeMigrationSource({ name }: Instance, isSuccess: boolean): Promise<void> {
    await this.#failWith(`Failed to finalize the migration of ${name}`, async () => {
      if (isSuccess) await this.#files.remove(name);
    });
  }

  override getMigrationStatus(): Promise<MigrationStatus> {
    return Promise.resolve({ status: 'completed' });
  }

  /** An instance runs as long as there is its file, whatever is in it. */
  async #isAlive(name: string): Promise<boolean> {
    return (await this.#files.names()).includes(name);
  }

  async #markUp({ name, beparams: { vcpus } }: Instance, memoryMiB: number): Promise<void> {
    // Deviation: without it Ganeti ends with a Python error.
    if (vcpus === undefined) throw new HypervisorError("Parameter 'vcpus' is missing");
    await this.#files.write(name, memoryMiB, vcpus);
  }

  /** System errors are failures of the hypervisor; both begin with what was tried. */
  #failWith(what: string, work: () => Promise<void>): Promise<void> {
    const toFailure = (error: Error) =>
      new HypervisorError(`${what}: ${errorReason(error)}`, { cause: error });
    return translate(Error, toFailure, work);
  }
}

function infoOf(name: string, { id, memoryMiB, vcpus }: InstanceFile): HypervisorInstanceInfo {
  return { name, id, memory: memoryMiB, vcpus, state: INSTANCE_RUNNING, times: 0 };
}
