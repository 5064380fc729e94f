import type { Logger } from 'winston';
import { failWith } from '../base/translate.js';
import type { Device, Instance, MigrationStatus } from '../generated/objects.js';
import type { BaseHypervisor, FoundDisk } from '../hypervisor/hypervisor.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';

/** A change to a device of a running instance, as the master sends it. */
export interface HotplugRequest {
  readonly action: 'hotadd' | 'hotremove' | 'hotmod';
  readonly target: 'disk' | 'nic';
  readonly device: Device;
  /** Where a disk that is to be added was found. */
  readonly devPath?: string | undefined;
  readonly extra: unknown;
  readonly sequence: number;
}

/** Changes to running instances: memory, devices, migration (Ganeti: backend.InstanceBalloonMemory and its like). */
export class InstanceChanges {
  readonly #hypervisors: HypervisorRegistry;
  readonly #logger: Logger;

  constructor({ hypervisors, logger }: { hypervisors: HypervisorRegistry; logger: Logger }) {
    this.#hypervisors = hypervisors;
    this.#logger = logger;
  }

  async balloonMemory(instance: Instance, memoryMiB: number): Promise<void> {
    const hypervisor = this.#of(instance);
    const running = await hypervisor.listInstances(instance.hvparams);
    if (!running.includes(instance.name)) {
      this.#logger.info('instance is not running, cannot balloon', { instance: instance.name });
      return;
    }
    await failWith('Failed to balloon instance memory', ['hypervisor'], () =>
      hypervisor.balloonInstanceMemory(instance, memoryMiB),
    );
  }

  async hotplugSupported(instance: Instance): Promise<void> {
    await failWith('Hotplug is not supported', ['hotplug'], () =>
      this.#of(instance).hotplugSupported(instance),
    );
  }

  async hotplugDevice(instance: Instance, request: HotplugRequest): Promise<string> {
    const { action, ...change } = request;
    const hypervisor = this.#of(instance);
    await failWith('Hotplug is not supported', ['hotplug'], () =>
      hypervisor.verifyHotplugSupport(instance, action, change.target),
    );
    switch (action) {
      case 'hotadd':
        return hypervisor.hotAddDevice(instance, change);
      case 'hotremove':
        return hypervisor.hotDelDevice(instance, change);
      case 'hotmod':
        return hypervisor.hotModDevice(instance, change);
    }
  }

  async migrationInfo(instance: Instance): Promise<string> {
    const hypervisor = this.#of(instance);
    return failWith('Failed to fetch migration information', ['hypervisor'], () =>
      hypervisor.migrationInfo(instance),
    );
  }

  async accept(instance: Instance, info: unknown, target: string): Promise<void> {
    const hypervisor = this.#of(instance);
    await failWith('Failed to accept instance', ['hypervisor'], () =>
      hypervisor.acceptInstance(instance, info, target),
    );
  }

  async migrate(
    clusterName: string,
    instance: Instance,
    target: string,
    isLive: boolean,
  ): Promise<void> {
    const hypervisor = this.#of(instance);
    await failWith('Failed to migrate instance', ['hypervisor'], () =>
      hypervisor.migrateInstance(clusterName, instance, target, isLive),
    );
  }

  async finalizeMigrationDst(instance: Instance, info: unknown, isSuccess: boolean): Promise<void> {
    const hypervisor = this.#of(instance);
    await failWith('Failed to finalize migration on the target node', ['hypervisor'], () =>
      hypervisor.finalizeMigrationDst(instance, info, isSuccess),
    );
  }

  async finalizeMigrationSource(
    instance: Instance,
    isSuccess: boolean,
    isLive: boolean,
  ): Promise<void> {
    const hypervisor = this.#of(instance);
    await failWith('Failed to finalize the migration on the source node', ['hypervisor'], () =>
      hypervisor.finalizeMigrationSource(instance, isSuccess, isLive),
    );
  }

  async migrationStatus(instance: Instance): Promise<MigrationStatus> {
    const hypervisor = this.#of(instance);
    return failWith('Failed to get migration status', ['hypervisor'], () =>
      hypervisor.getMigrationStatus(instance),
    );
  }

  /** Lets a running instance know that one of its disks has grown; one that does not run will see for itself. */
  async resizeDisk(instance: Instance, disk: FoundDisk): Promise<void> {
    const hypervisor = this.#of(instance);
    if ((await hypervisor.getInstanceInfo(instance.name, instance.hvparams)) === undefined) return;
    await failWith('Failed to resize disk', ['hypervisor', 'hotplug'], () =>
      hypervisor.resizeDisk(instance, disk),
    );
  }

  #of({ hypervisor }: Instance): BaseHypervisor {
    return this.#hypervisors.get(hypervisor);
  }
}
