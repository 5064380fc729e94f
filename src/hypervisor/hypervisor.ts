import type { Clock } from '../base/clock.js';
import { HotplugError } from '../base/errors.js';
import type {
  Beparams,
  Console,
  Device,
  Disk,
  Hvparams,
  Instance,
  InstanceConfig,
  MigrationStatus,
  Node,
  NodeGroup,
  NodeHypervisorInfo,
} from '../generated/objects.js';
import { checkParameterSyntax, type ParameterTable, validateParameters } from './parameters.js';

/** Ganeti: hv_base.HvInstanceState. */
export const INSTANCE_RUNNING = 0;

/** What a hypervisor reports about a running instance (Ganeti: the tuple name, id, memory, vcpus, state, times). */
export interface HypervisorInstanceInfo {
  readonly name: string;
  readonly id: number;
  /** MiB. */
  readonly memory: number;
  readonly vcpus: number;
  /** `INSTANCE_RUNNING`, or 1 when it was shut down from inside. */
  readonly state: number;
  /** CPU time in seconds. */
  readonly times: number;
}

/** What an instance really uses; null where nothing on this node accounts it. */
export interface HypervisorInstanceUsage {
  readonly memoryBytes: number | null;
  readonly processes: number;
  readonly cpuSeconds: number | null;
  /** The control group that the figures are of; null when the instance has none. */
  readonly cgroup: string | null;
  /** How many processes the kernel has killed for lack of memory; null where nobody counts. */
  readonly memoryKills: number | null;
}

/** What the node itself does for hypervisors whose instances share its kernel. */
export interface NodeDoor {
  info(): Promise<NodeHypervisorInfo>;
  powercycle(): Promise<void>;
}

/** A disk, and where the host finds it. */
export interface FoundDisk {
  readonly disk: Disk;
  /** A device or a file. */
  readonly devPath: string;
}

/** A disk of an instance as it is handed to the hypervisor (Ganeti: (disk_object, link_name, drive_uri)). */
export interface BlockDeviceLink extends FoundDisk {
  /** Named after the instance and the disk's index. */
  readonly linkPath: string;
}

export interface StopOptions {
  /** Kill instead of asking. */
  readonly isForced?: boolean;
  /** Whether the instance has been asked before. */
  readonly isRetry?: boolean;
  /** How long asking may take. */
  readonly timeoutMs?: number;
}

/** What the console of an instance depends on. */
export interface ConsoleContext {
  readonly primaryNode: Node;
  readonly nodeGroup: NodeGroup;
  readonly hvparams: Hvparams;
  readonly beparams: Beparams;
}

/** A change to the devices of a running instance. */
export interface HotplugChange {
  readonly target: 'disk' | 'nic';
  readonly device: Device;
  /** Where the host finds a disk that is to be added. */
  readonly devPath?: string | undefined;
  readonly extra: unknown;
  /** The device's index in the instance, as the master counts. */
  readonly sequence: number;
}

/** Tells a disk from a network interface. */
export function isDisk(device: Device): device is Disk {
  return 'dev_type' in device;
}

/**
 * What every hypervisor does, and what each does in its own way (Ganeti: hv_base.BaseHypervisor).
 *
 * Failures are `HypervisorError`s, those of hotplug `HotplugError`s.
 */
export abstract class BaseHypervisor {
  /** As in the cluster's configuration, for instance "chroot". */
  abstract readonly name: string;
  abstract readonly parameters: ParameterTable;

  /** Starts an instance that does not run. */
  abstract startInstance(
    instance: Instance,
    blockDevices: readonly BlockDeviceLink[],
    isStartupPaused: boolean,
  ): Promise<void>;

  /** Waits so long, or less where it is known sooner that the instance may be gone. */
  pauseUnlessGone(_instance: Instance, ms: number, clock: Pick<Clock, 'sleep'>): Promise<void> {
    return clock.sleep(ms);
  }

  /**
   * One attempt at stopping.
   *
   * @returns whether the instance is known to be gone; if not, the caller looks whether that was enough, and tries again
   */
  abstract stopInstance(instance: Instance, options: StopOptions): Promise<{ isGone: boolean }>;

  /** Stops and starts without letting go of the disks. */
  abstract rebootInstance(instance: Instance, options: { timeoutMs: number }): Promise<void>;

  /** Names of the instances that run. */
  abstract listInstances(hvparams?: Hvparams): Promise<string[]>;

  /** Undefined when the instance does not run. */
  abstract getInstanceInfo(
    name: string,
    hvparams?: Hvparams,
  ): Promise<HypervisorInstanceInfo | undefined>;

  abstract getAllInstancesInfo(hvparams?: Hvparams): Promise<HypervisorInstanceInfo[]>;

  /** Deviation: Ganeti has no such call; its figures for chroots are zeros. */
  abstract getInstanceUsage(name: string): Promise<HypervisorInstanceUsage>;

  /** What is known of why an instance does not run, to go on with after "is not running"; undefined if nothing is. */
  whyDown(_name: string): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  abstract getNodeInfo(hvparams?: Hvparams): Promise<NodeHypervisorInfo>;

  abstract getInstanceConsole(instance: InstanceConfig, context: ConsoleContext): Promise<Console>;

  /** What is wrong with the hypervisor on this node, or null. */
  abstract verify(hvparams?: Hvparams): Promise<string | null>;

  abstract balloonInstanceMemory(instance: Instance, memoryMiB: number): Promise<void>;

  abstract migrateInstance(
    clusterName: string,
    instance: Instance,
    target: string,
    isLive: boolean,
  ): Promise<void>;

  abstract getMigrationStatus(instance: Instance): Promise<MigrationStatus>;

  abstract powercycleNode(hvparams?: Hvparams): Promise<void>;

  /** Puts away what a stopped instance leaves behind. Nothing on this node may use its disks then. */
  cleanupInstance(_name: string, _disks: readonly Disk[]): Promise<void> {
    return Promise.resolve();
  }

  /** Whether what runs is what the configuration says; if not, `restoreInstance` mends it. */
  verifyInstance(_instance: Instance): Promise<boolean> {
    return Promise.resolve(true);
  }

  restoreInstance(_instance: Instance, _blockDevices: readonly BlockDeviceLink[]): Promise<void> {
    return Promise.resolve();
  }

  /** @throws HypervisorError for an unknown, missing or malformed parameter */
  checkParameterSyntax(hvparams: Hvparams): void {
    checkParameterSyntax(this.parameters, hvparams);
  }

  /** @throws HypervisorError for a parameter that can't work on this node */
  validateParameters(hvparams: Hvparams): Promise<void> {
    return validateParameters(this.parameters, hvparams);
  }

  /** What the target of a migration has to know. */
  migrationInfo(_instance: Instance): Promise<string> {
    return Promise.resolve('');
  }

  /** Prepares for an instance that is about to arrive. */
  acceptInstance(_instance: Instance, _info: unknown, _target: string): Promise<void> {
    return Promise.resolve();
  }

  /** Ends a migration on the node the instance went to. */
  finalizeMigrationDst(_instance: Instance, _info: unknown, _isSuccess: boolean): Promise<void> {
    return Promise.resolve();
  }

  /** Ends a migration on the node the instance came from. */
  finalizeMigrationSource(
    _instance: Instance,
    _isSuccess: boolean,
    _isLive: boolean,
  ): Promise<void> {
    return Promise.resolve();
  }

  /** Lets a running instance know that one of its disks has grown (Ganeti 3.1 and later). */
  resizeDisk(_instance: Instance, _disk: FoundDisk): Promise<void> {
    return Promise.reject(new HotplugError('Disk resize is not supported by this hypervisor'));
  }

  /** @throws HotplugError when devices of the instance can't be changed while it runs */
  hotplugSupported(_instance: Instance): Promise<void> {
    return Promise.reject(new HotplugError('Hotplug is not supported by this hypervisor'));
  }

  /** @throws HotplugError when this change to this kind of device is not possible */
  verifyHotplugSupport(_instance: Instance, _action: string, _target: string): Promise<void> {
    return Promise.reject(new HotplugError('Hotplug is not supported.'));
  }

  hotAddDevice(_instance: Instance, _change: HotplugChange): Promise<string> {
    return Promise.reject(new HotplugError('Hotplug is not supported by this hypervisor'));
  }

  hotDelDevice(_instance: Instance, _change: HotplugChange): Promise<string> {
    return Promise.reject(new HotplugError('Hotplug is not supported by this hypervisor'));
  }

  hotModDevice(_instance: Instance, _change: HotplugChange): Promise<string> {
    return Promise.reject(new HotplugError('Hotplug is not supported by this hypervisor'));
  }

  /**
   * The memory in MiB to start an instance with: as much as it may have, if the node has that free, but never less than
   * it needs (Ganeti: BaseHypervisor._InstanceStartupMemory).
   */
  protected async instanceStartupMemory({ beparams, hvparams }: Instance): Promise<number> {
    const { memory_free: free } = await this.getNodeInfo(hvparams);
    const { minmem = 0, maxmem = minmem } = beparams;
    return Math.max(minmem, Math.min(maxmem, free));
  }

  /** Several problems as one text; null when there are none. */
  protected formatVerifyResults(problems: readonly string[]): string | null {
    return problems.length === 0 ? null : problems.join('; ');
  }
}
