import { RpcFailure } from '../base/errors.js';
import { failWith } from '../base/translate.js';
import type {
  AllHvparams,
  Console,
  ConsoleRequest,
  Hvparams,
  Instance,
  ResourceUsage,
  RunningInstance,
} from '../generated/objects.js';
import type { HypervisorInstanceInfo } from '../hypervisor/hypervisor.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';

/** An empty object for an instance that does not run (Ganeti: backend.GetInstanceInfo). */
export async function instanceInfo(
  hypervisors: HypervisorRegistry,
  name: string,
  hypervisorName: string,
  hvparams: Hvparams,
): Promise<RunningInstance | Record<string, never>> {
  const info = await hypervisors.get(hypervisorName).getInstanceInfo(name, hvparams);
  return info === undefined ? {} : onWire(info);
}

/** Ganeti: backend.GetInstanceList. */
export async function listInstances(
  hypervisors: HypervisorRegistry,
  hypervisorNames: readonly string[],
  allHvparams: AllHvparams,
): Promise<string[]> {
  const names: string[] = [];
  for (const name of hypervisorNames)
    names.push(
      ...(await failWith(`Error enumerating instances (hypervisor ${name})`, ['hypervisor'], () =>
        hypervisors.get(name).listInstances(hvparamsOf(name, allHvparams)),
      )),
    );
  return names;
}

/** Ganeti: backend.GetAllInstancesInfo. */
export async function allInstancesInfo(
  hypervisors: HypervisorRegistry,
  hypervisorNames: readonly string[],
  allHvparams: AllHvparams,
): Promise<Record<string, RunningInstance>> {
  const found = new Map<string, RunningInstance>();
  for (const name of hypervisorNames) {
    const hvparams = hvparamsOf(name, allHvparams);
    for (const info of await hypervisors.get(name).getAllInstancesInfo(hvparams)) {
      refuseTwice(info, found.get(info.name));
      found.set(info.name, onWire(info));
    }
  }
  return Object.fromEntries(found);
}

/**
 * Ganeti: backend.GetInstanceMigratable.
 *
 * @throws RpcFailure when it does not run
 */
export async function checkMigratable(
  hypervisors: HypervisorRegistry,
  { name, hypervisor, hvparams }: Instance,
): Promise<null> {
  const running = await hypervisors.get(hypervisor).listInstances(hvparams);
  if (!running.includes(name)) throw new RpcFailure(`Instance ${name} is not running`);
  return null;
}

/** Ganeti: backend.GetInstanceConsoleInfo. */
export async function instanceConsoles(
  hypervisors: HypervisorRegistry,
  requests: Readonly<Record<string, ConsoleRequest>>,
): Promise<Record<string, Console>> {
  const consoles = new Map<string, Console>();
  for (const [name, { instance, node, group, hvParams, beParams }] of Object.entries(requests)) {
    const context = {
      primaryNode: node,
      nodeGroup: group,
      hvparams: hvParams,
      beparams: beParams,
    };
    const hypervisor = hypervisors.get(instance.hypervisor);
    consoles.set(name, await hypervisor.getInstanceConsole(instance, context));
  }
  return Object.fromEntries(consoles);
}

/** What an instance really uses, of whichever hypervisor it runs under. */
export async function instanceUsage(
  hypervisors: HypervisorRegistry,
  name: string,
): Promise<ResourceUsage> {
  for (const hypervisor of hypervisors.all) {
    if (!(await hypervisor.listInstances()).includes(name)) continue;
    const { memoryBytes, processes, cpuSeconds, cgroup, memoryKills } =
      await hypervisor.getInstanceUsage(name);
    const usage = { memory: memoryBytes, processes, cpu_time: cpuSeconds, cgroup };
    return { ...usage, memory_kills: memoryKills };
  }
  const reasons = await Promise.all(hypervisors.all.map((one) => one.whyDown(name)));
  const known = reasons.filter((reason) => reason !== undefined);
  const message = [`Instance ${name} is not running`, ...known].join('; ');
  throw new RpcFailure(message, { kind: 'hypervisor' });
}

function hvparamsOf(hypervisor: string, allHvparams: AllHvparams): Hvparams {
  const hvparams = allHvparams[hypervisor];
  if (hvparams === undefined)
    throw new RpcFailure(`No parameters are given for hypervisor '${hypervisor}'`, {
      kind: 'invalid-params',
    });
  return hvparams;
}

function onWire({ memory, vcpus, state, times }: HypervisorInstanceInfo): RunningInstance {
  return { memory, vcpus, state, time: times };
}

function refuseTwice(info: HypervisorInstanceInfo, other: RunningInstance | undefined): void {
  if (other === undefined) return;
  if (info.memory !== other.memory || info.vcpus !== other.vcpus)
    throw new RpcFailure(`Instance ${info.name} is running twice with different parameters`);
}
