import { HypervisorError } from '../../../src/base/errors.js';
import type {
  Console,
  Disk,
  Instance,
  NodeHypervisorInfo,
} from '../../../src/generated/objects.js';
import {
  BaseHypervisor,
  type BlockDeviceLink,
  type HypervisorInstanceInfo,
  INSTANCE_RUNNING,
  type StopOptions,
} from '../../../src/hypervisor/hypervisor.js';
import type { ParameterTable } from '../../../src/hypervisor/parameters.js';
import { Journal } from './journal.js';

export const NODE_INFO: NodeHypervisorInfo = {
  memory_total: 4096,
  memory_dom0: 512,
  memory_free: 1024,
  cpu_total: 4,
  cpu_dom0: 4,
  cpu_nodes: 1,
  cpu_sockets: 1,
};

/** A hypervisor that only notes what it is asked; all that Ganeti's base class does is inherited. */
export class FakeHypervisor extends BaseHypervisor {
  override readonly name: string;
  override readonly parameters: ParameterTable;
  readonly journal = new Journal();
  readonly running = new Set<string>();
  readonly stops: StopOptions[] = [];
  /** Whether each start was to be paused. */
  readonly pauses: boolean[] = [];
  /** What an attempt at stopping does; by default it works. */
  onStop: (instance: Instance, options: StopOptions) => void;
  infos: HypervisorInstanceInfo[] = [];
  isAsConfigured = true;

  constructor(name = 'chroot', parameters: ParameterTable = new Map()) {
    super();
    this.name = name;
    this.parameters = parameters;
    this.onStop = (instance) => this.running.delete(instance.name);
  }

  async startInstance(
    { name }: Instance,
    _blockDevices: readonly BlockDeviceLink[],
    isStartupPaused: boolean,
  ): Promise<void> {
    this.pauses.push(isStartupPaused);
    await this.journal.note('start');
    this.running.add(name);
  }

  async stopInstance(instance: Instance, options: StopOptions): Promise<{ isGone: boolean }> {
    this.stops.push(options);
    this.onStop(instance, options);
    await this.journal.note(options.isForced === true ? 'stop by force' : 'stop');
    return { isGone: false };
  }

  async rebootInstance(): Promise<void> {
    await this.journal.note('reboot');
  }

  async listInstances(): Promise<string[]> {
    await this.journal.note('list');
    return [...this.running];
  }

  getInstanceInfo(name: string): Promise<HypervisorInstanceInfo | undefined> {
    const info = { name, id: 0, memory: 16, vcpus: 2, state: INSTANCE_RUNNING, times: 3 };
    return Promise.resolve(this.running.has(name) ? info : undefined);
  }

  getAllInstancesInfo(): Promise<HypervisorInstanceInfo[]> {
    return Promise.resolve(this.infos);
  }

  getInstanceUsage(name: string) {
    const usage = { memoryBytes: 4096, processes: 2, cpuSeconds: null, memoryKills: 1 };
    return Promise.resolve({ ...usage, cgroup: `/cgroup/${name}` });
  }

  getNodeInfo(): Promise<NodeHypervisorInfo> {
    return Promise.resolve(NODE_INFO);
  }

  getInstanceConsole({ name }: { name: string }): Promise<Console> {
    return Promise.resolve({ instance: name, kind: 'msg', message: `console of ${name}` });
  }

  verify(): Promise<string | null> {
    return Promise.resolve(null);
  }

  async balloonInstanceMemory(_instance: Instance, memoryMiB: number): Promise<void> {
    await this.journal.note(`balloon to ${memoryMiB}`);
  }

  migrateInstance(): Promise<void> {
    return Promise.reject(new HypervisorError('no migration'));
  }

  getMigrationStatus(): Promise<never> {
    return Promise.reject(new HypervisorError('no migration'));
  }

  async powercycleNode(): Promise<void> {
    await this.journal.note('powercycle');
  }

  override async cleanupInstance(name: string, disks: readonly Disk[]): Promise<void> {
    await this.journal.note('clean up');
    await super.cleanupInstance(name, disks);
  }

  override async verifyInstance(instance: Instance): Promise<boolean> {
    return this.isAsConfigured && (await super.verifyInstance(instance));
  }

  override async restoreInstance(
    instance: Instance,
    blockDevices: readonly BlockDeviceLink[],
  ): Promise<void> {
    await this.journal.note('restore');
    await super.restoreInstance(instance, blockDevices);
  }
}
