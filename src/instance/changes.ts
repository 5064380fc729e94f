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
export interface InstanceChangesParts {
  readonly hypervisors: HypervisorRegistry;
  readonly logger: Logger;
}

export async function balloonMemory(
  parts: InstanceChangesParts,
  instance: Instance,
  memoryMiB: number,
): Promise<void> {
  const hypervisor = hypervisorOf(parts, instance);
  const running = await hypervisor.listInstances(instance.hvparams);
  if (!running.includes(instance.name)) {
    parts.logger.info('instance is not running, cannot balloon', { instance: instance.name });
    return;
  }
  await failWith('Failed to balloon instance memory', ['hypervisor'], () =>
    hypervisor.balloonInstanceMemory(instance, memoryMiB),
  );
}

export async function hotplugSupported(
  parts: InstanceChangesParts,
  instance: Instance,
): Promise<void> {
  await failWith('Hotplug is not supported', ['hotplug'], () =>
    hypervisorOf(parts, instance).hotplugSupported(instance),
  );
}

export async function hotplugDevice(
  parts: InstanceChangesParts,
  instance: Instance,
  request: HotplugRequest,
): Promise<string> {
  const { action, ...change } = request;
  const hypervisor = hypervisorOf(parts, instance);
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

export async function migrationInfo(
  parts: InstanceChangesParts,
  instance: Instance,
): Promise<string> {
  const hypervisor = hypervisorOf(parts, instance);
  return failWith('Failed to fetch migration information', ['hypervisor'], () =>
    hypervisor.migrationInfo(instance),
  );
}

export async function acceptInstance(
  parts: InstanceChangesParts,
  instance: Instance,
  info: unknown,
  target: string,
): Promise<void> {
  const hypervisor = hypervisorOf(parts, instance);
  await failWith('Failed to accept instance', ['hypervisor'], () =>
    hypervisor.acceptInstance(instance, info, target),
  );
}

export async function migrateInstance(
  parts: InstanceChangesParts,
  clusterName: string,
  instance: Instance,
  target: string,
  isLive: boolean,
): Promise<void> {
  const hypervisor = hypervisorOf(parts, instance);
  await failWith('Failed to migrate instance', ['hypervisor'], () =>
    hypervisor.migrateInstance(clusterName, instance, target, isLive),
  );
}

export async function finalizeMigrationDst(
  parts: InstanceChangesParts,
  instance: Instance,
  info: unknown,
  isSuccess: boolean,
): Promise<void> {
  const hypervisor = hypervisorOf(parts, instance);
  await failWith('Failed to finalize migration on the target node', ['hypervisor'], () =>
    hypervisor.finalizeMigrationDst(instance, info, isSuccess),
  );
}

export async function finalizeMigrationSource(
  parts: InstanceChangesParts,
  instance: Instance,
  isSuccess: boolean,
  isLive: boolean,
): Promise<void> {
  const hypervisor = hypervisorOf(parts, instance);
  await failWith('Failed to finalize the migration on the source node', ['hypervisor'], () =>
    hypervisor.finalizeMigrationSource(instance, isSuccess, isLive),
  );
}

export async function migrationStatus(
  parts: InstanceChangesParts,
  instance: Instance,
): Promise<MigrationStatus> {
  const hypervisor = hypervisorOf(parts, instance);
  return failWith('Failed to get migration status', ['hypervisor'], () =>
    hypervisor.getMigrationStatus(instance),
  );
}

/** Lets a running instance know that one of its disks has grown; one that does not run will see for itself. */
export async function resizeDisk(
  parts: InstanceChangesParts,
  instance: Instance,
  disk: FoundDisk,
): Promise<void> {
  const hypervisor = hypervisorOf(parts, instance);
  if ((await hypervisor.getInstanceInfo(instance.name, instance.hvparams)) === undefined) return;
  await failWith('Failed to resize disk', ['hypervisor', 'hotplug'], () =>
    hypervisor.resizeDisk(instance, disk),
  );
}

function hypervisorOf(
  { hypervisors }: InstanceChangesParts,
  { hypervisor }: Instance,
): BaseHypervisor {
  return hypervisors.get(hypervisor);
}
