import type { Logger } from 'winston';
import type { Clock } from '../base/clock.js';
import { HypervisorError, NodeError, RpcFailure } from '../base/errors.js';
import { until } from '../base/retry.js';
import { failWith, rpcFailureOf } from '../base/translate.js';
import type { Instance, ReasonTrail } from '../generated/objects.js';
import type { BaseHypervisor, BlockDeviceLink } from '../hypervisor/hypervisor.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';
import { extendReasonTrail, type ReasonStep } from './reason-trail.js';

/** How often a soft shutdown is tried again (Ganeti: utils.Retry(_TryShutdown, 5, timeout)). */
const RETRY_INTERVAL_MS = 5_000;
/** How often it is looked whether the instance is gone meanwhile. */
const POLLING = { pollMs: 10, longestPollMs: 500 };

/** What the disks of an instance that starts and stops need (`storage/disks/block-devices.ts`). */
export interface InstanceDisks {
  gatherAndLink(instance: Instance): Promise<BlockDeviceLink[]>;
  removeLinks(instance: Instance): Promise<void>;
}

/** What starts, stops and reboots instances (Ganeti: backend.StartInstance, InstanceShutdown, InstanceReboot). */
export interface InstanceLifecycleParts {
  readonly hypervisors: HypervisorRegistry;
  readonly blockDevices: InstanceDisks;
  /** Keeps why an instance last changed its state. */
  readonly storeReason: (instance: string, trail: ReasonTrail) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export async function startInstance(
  parts: InstanceLifecycleParts,
  instance: Instance,
  isStartupPaused: boolean,
  trail: ReasonTrail,
): Promise<void> {
  const isStarted = await startUnlessRunning(parts, instance, isStartupPaused);
  if (isStarted) await keepReason(parts, instance.name, trail, 'start');
}

export async function shutdownInstance(
  parts: InstanceLifecycleParts,
  instance: Instance,
  { timeoutMs, reason }: { timeoutMs: number; reason: ReasonTrail },
): Promise<void> {
  const wasRunning = await stopAndCleanUp(parts, instance, timeoutMs);
  if (wasRunning) await keepReason(parts, instance.name, reason, 'shutdown');
}

export async function rebootInstance(
  parts: InstanceLifecycleParts,
  instance: Instance,
  type: string,
  { timeoutMs, reason }: { timeoutMs: number; reason: ReasonTrail },
): Promise<void> {
  const { name } = instance;
  const hypervisor = parts.hypervisors.get(instance.hypervisor);
  if (!(await isRunning(hypervisor, instance)))
    throw new RpcFailure(`Cannot reboot instance '${name}' that is not running`);
  if (type === 'soft') {
    await failWith(`Failed to soft reboot instance '${name}'`, ['hypervisor'], () =>
      hypervisor.rebootInstance(instance, { timeoutMs }),
    );
  } else if (type === 'hard') {
    await failWith(`Failed to hard reboot instance '${name}'`, ['hypervisor'], async () => {
      await stopAndCleanUp(parts, instance, timeoutMs);
      await startUnlessRunning(parts, instance, false);
    });
  } else throw new RpcFailure(`Invalid reboot_type received: '${type}'`);
  await keepReason(parts, name, reason, 'reboot');
}

/** False when it ran already. */
async function startUnlessRunning(
  parts: InstanceLifecycleParts,
  instance: Instance,
  isStartupPaused: boolean,
): Promise<boolean> {
  try {
    return await failWith('Block device error', ['block-device'], () =>
      failWith('Hypervisor error', ['hypervisor'], () =>
        startLinked(parts, instance, isStartupPaused),
      ),
    );
  } catch (error) {
    const isHypervisors = error instanceof NodeError && error.kind === 'hypervisor';
    if (isHypervisors) await parts.blockDevices.removeLinks(instance);
    throw error;
  }
}

async function startLinked(
  parts: InstanceLifecycleParts,
  instance: Instance,
  isStartupPaused: boolean,
): Promise<boolean> {
  const hypervisor = parts.hypervisors.get(instance.hypervisor);
  if (await isRunning(hypervisor, instance)) {
    await restore(parts, hypervisor, instance);
    return false;
  }
  const links = await parts.blockDevices.gatherAndLink(instance);
  await hypervisor.startInstance(instance, links, isStartupPaused);
  return true;
}

/** For an instance that runs already: nothing, unless it runs otherwise than configured. */
async function restore(
  { logger, blockDevices }: InstanceLifecycleParts,
  hypervisor: BaseHypervisor,
  instance: Instance,
): Promise<void> {
  logger.info('instance already running, not starting', { instance: instance.name });
  if (await hypervisor.verifyInstance(instance)) return;
  logger.info('instance runs with another configuration, restoring', {
    instance: instance.name,
  });
  await hypervisor.restoreInstance(instance, await blockDevices.gatherAndLink(instance));
}

/** False when it did not run. */
async function stopAndCleanUp(
  parts: InstanceLifecycleParts,
  instance: Instance,
  timeoutMs: number,
): Promise<boolean> {
  const hypervisor = parts.hypervisors.get(instance.hypervisor);
  const wasRunning = await isRunning(hypervisor, instance);
  if (wasRunning && !(await stopSoftly(parts, hypervisor, instance, timeoutMs)))
    await destroy(parts, hypervisor, instance);
  // Deviation: Ganeti logs a failure here and says success, with the disk still mounted.
  await failWith(`Failed to clean up instance '${instance.name}'`, ['hypervisor'], () =>
    hypervisor.cleanupInstance(instance.name, instance.disks_info),
  );
  await parts.blockDevices.removeLinks(instance);
  return wasRunning;
}

function keepReason(
  { storeReason, clock }: InstanceLifecycleParts,
  instance: string,
  trail: ReasonTrail,
  step: ReasonStep,
): Promise<void> {
  return storeReason(instance, extendReasonTrail(trail, step, clock.wallTime()));
}

/**
 * Asks the instance to stop until it does; false when the time is over and it still runs.
 *
 * Deviation: without any time Ganeti asks once all the same, and its stop script may take as long as it likes.
 */
async function stopSoftly(
  { clock }: InstanceLifecycleParts,
  hypervisor: BaseHypervisor,
  instance: Instance,
  timeoutMs: number,
): Promise<boolean> {
  const isGone = async () => !(await isRunning(hypervisor, instance));
  const pausing = {
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms: number) => hypervisor.pauseUnlessGone(instance, ms, clock),
  };
  const end = clock.monotonicMs() + timeoutMs;
  for (let isRetry = false; ; isRetry = true) {
    const leftMs = end - clock.monotonicMs();
    if (leftMs <= 0) return false;
    const options = { isRetry, timeoutMs: leftMs };
    if (await stopOnce(hypervisor, instance, options, 'Failed to stop instance')) return true;
    const waitMs = Math.min(RETRY_INTERVAL_MS, end - clock.monotonicMs());
    if (await until(isGone, { timeoutMs: waitMs, ...POLLING, clock: pausing })) return true;
  }
}

async function destroy(
  { logger }: InstanceLifecycleParts,
  hypervisor: BaseHypervisor,
  instance: Instance,
): Promise<void> {
  const { name } = instance;
  logger.warn('shutdown unsuccessful, forcing', { instance: name });
  const options = { isForced: true };
  if (await stopOnce(hypervisor, instance, options, 'Failed to force stop instance')) return;
  if (await isRunning(hypervisor, instance))
    throw new RpcFailure(`Could not shutdown instance '${name}' even by destroy`, {
      kind: 'hypervisor',
    });
}

/** Whether the instance is known to be gone. If it is, however that came about, it is stopped. */
async function stopOnce(
  hypervisor: BaseHypervisor,
  instance: Instance,
  options: Parameters<BaseHypervisor['stopInstance']>[1],
  complaint: string,
): Promise<boolean> {
  try {
    return (await hypervisor.stopInstance(instance, options)).isGone;
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    if (await isRunning(hypervisor, instance))
      throw rpcFailureOf(error, `${complaint} '${instance.name}': ${error.message}`);
    return true;
  }
}

async function isRunning(
  hypervisor: BaseHypervisor,
  { name, hvparams }: Instance,
): Promise<boolean> {
  const info = await hypervisor.getInstanceInfo(name, hvparams);
  return info !== undefined;
}
