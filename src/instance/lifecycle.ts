import type { Logger } from 'winston';
import type { Clock } from '../base/clock.js';
import { HypervisorError, NodeError, RpcFailure } from '../base/errors.js';
import { until } from '../base/retry.js';
import { failWith, rpcFailureOf } from '../base/translate.js';
import type { Instance, ReasonTrail } from '../generated/objects.js';
import type { BaseHypervisor, BlockDeviceLink } from '../hypervisor/hypervisor.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';
import { extendReasonTrail, type ReasonStep, type ReasonTrails } from './reason-trail.js';

/** How often a soft shutdown is tried again (Ganeti: utils.Retry(_TryShutdown, 5, timeout)). */
const RETRY_INTERVAL_MS = 5_000;
/** How often it is looked whether the instance is gone meanwhile. */
const POLLING = { pollMs: 10, longestPollMs: 500 };

/** What the disks of an instance that starts and stops need (`storage/disks/block-devices.ts`). */
export interface InstanceDisks {
  gatherAndLink(instance: Instance): Promise<BlockDeviceLink[]>;
  removeLinks(instance: Instance): Promise<void>;
}

export interface InstanceLifecycleParts {
  readonly hypervisors: HypervisorRegistry;
  readonly disks: InstanceDisks;
  readonly reasons: ReasonTrails;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts, stops and reboots instances (Ganeti: backend.StartInstance, InstanceShutdown, InstanceReboot). */
export class InstanceLifecycle {
  readonly #parts: InstanceLifecycleParts;

  constructor(parts: InstanceLifecycleParts) {
    this.#parts = parts;
  }

  async start(instance: Instance, isStartupPaused: boolean, trail: ReasonTrail): Promise<void> {
    const isStarted = await this.#start(instance, isStartupPaused);
    if (isStarted) await this.#storeReason(instance.name, trail, 'start');
  }

  async shutdown(
    instance: Instance,
    { timeoutMs, reason }: { timeoutMs: number; reason: ReasonTrail },
  ): Promise<void> {
    const wasRunning = await this.#shutdown(instance, timeoutMs);
    if (wasRunning) await this.#storeReason(instance.name, reason, 'shutdown');
  }

  async reboot(
    instance: Instance,
    type: string,
    { timeoutMs, reason }: { timeoutMs: number; reason: ReasonTrail },
  ): Promise<void> {
    const { name } = instance;
    const hypervisor = this.#parts.hypervisors.get(instance.hypervisor);
    if (!(await isRunning(hypervisor, instance)))
      throw new RpcFailure(`Cannot reboot instance '${name}' that is not running`);
    if (type === 'soft') {
      await failWith(`Failed to soft reboot instance '${name}'`, ['hypervisor'], () =>
        hypervisor.rebootInstance(instance, { timeoutMs }),
      );
    } else if (type === 'hard') {
      await failWith(`Failed to hard reboot instance '${name}'`, ['hypervisor'], async () => {
        await this.#shutdown(instance, timeoutMs);
        await this.#start(instance, false);
      });
    } else throw new RpcFailure(`Invalid reboot_type received: '${type}'`);
    await this.#storeReason(name, reason, 'reboot');
  }

  /** False when it ran already. */
  async #start(instance: Instance, isStartupPaused: boolean): Promise<boolean> {
    try {
      return await failWith('Block device error', ['block-device'], () =>
        failWith('Hypervisor error', ['hypervisor'], () =>
          this.#startWith(instance, isStartupPaused),
        ),
      );
    } catch (error) {
      const isHypervisors = error instanceof NodeError && error.kind === 'hypervisor';
      if (isHypervisors) await this.#parts.disks.removeLinks(instance);
      throw error;
    }
  }

  async #startWith(instance: Instance, isStartupPaused: boolean): Promise<boolean> {
    const hypervisor = this.#parts.hypervisors.get(instance.hypervisor);
    if (await isRunning(hypervisor, instance)) {
      await this.#restore(hypervisor, instance);
      return false;
    }
    const links = await this.#parts.disks.gatherAndLink(instance);
    await hypervisor.startInstance(instance, links, isStartupPaused);
    return true;
  }

  /** For an instance that runs already: nothing, unless it runs otherwise than configured. */
  async #restore(hypervisor: BaseHypervisor, instance: Instance): Promise<void> {
    this.#parts.logger.info('instance already running, not starting', { instance: instance.name });
    if (await hypervisor.verifyInstance(instance)) return;
    this.#parts.logger.info('instance runs with another configuration, restoring', {
      instance: instance.name,
    });
    await hypervisor.restoreInstance(instance, await this.#parts.disks.gatherAndLink(instance));
  }

  /** False when it did not run. */
  async #shutdown(instance: Instance, timeoutMs: number): Promise<boolean> {
    const hypervisor = this.#parts.hypervisors.get(instance.hypervisor);
    const wasRunning = await isRunning(hypervisor, instance);
    if (wasRunning && !(await this.#stopSoftly(hypervisor, instance, timeoutMs)))
      await this.#destroy(hypervisor, instance);
    // Deviation: Ganeti logs a failure here and says success, with the disk still mounted.
    await failWith(`Failed to clean up instance '${instance.name}'`, ['hypervisor'], () =>
      hypervisor.cleanupInstance(instance.name, instance.disks_info),
    );
    await this.#parts.disks.removeLinks(instance);
    return wasRunning;
  }

  #storeReason(instance: string, trail: ReasonTrail, step: ReasonStep): Promise<void> {
    const { reasons, clock } = this.#parts;
    return reasons.store(instance, extendReasonTrail(trail, step, clock.wallTime()));
  }

  /** Asks the instance to stop until it does; false when the time is over and it still runs. */
  async #stopSoftly(
    hypervisor: BaseHypervisor,
    instance: Instance,
    timeoutMs: number,
  ): Promise<boolean> {
    const end = this.#parts.clock.monotonicMs() + timeoutMs;
    for (let isRetry = false; ; isRetry = true) {
      const leftMs = end - this.#parts.clock.monotonicMs();
      if (leftMs <= 0) return false;
      await this.#stopOnce(hypervisor, instance, { isRetry, timeoutMs: leftMs });
      const waitMs = Math.min(RETRY_INTERVAL_MS, end - this.#parts.clock.monotonicMs());
      if (await this.#waitUntilGone(hypervisor, instance, waitMs)) return true;
    }
  }

  async #stopOnce(
    hypervisor: BaseHypervisor,
    instance: Instance,
    options: { isRetry: boolean; timeoutMs: number },
  ): Promise<void> {
    try {
      await hypervisor.stopInstance(instance, options);
    } catch (error) {
      // If it is gone, however that came about, it is stopped.
      if (!(error instanceof HypervisorError) || (await isRunning(hypervisor, instance)))
        throw asFailure(`Failed to stop instance '${instance.name}'`, error);
    }
  }

  #waitUntilGone(
    hypervisor: BaseHypervisor,
    instance: Instance,
    timeoutMs: number,
  ): Promise<boolean> {
    const { clock } = this.#parts;
    const isGone = async () => !(await isRunning(hypervisor, instance));
    return until(isGone, { timeoutMs, ...POLLING, clock });
  }

  async #destroy(hypervisor: BaseHypervisor, instance: Instance): Promise<void> {
    const { name } = instance;
    this.#parts.logger.warn('shutdown unsuccessful, forcing', { instance: name });
    try {
      await hypervisor.stopInstance(instance, { isForced: true });
    } catch (error) {
      if (!(error instanceof HypervisorError) || (await isRunning(hypervisor, instance)))
        throw asFailure(`Failed to force stop instance '${name}'`, error);
    }
    if (await isRunning(hypervisor, instance))
      throw new RpcFailure(`Could not shutdown instance '${name}' even by destroy`, {
        kind: 'hypervisor',
      });
  }
}

async function isRunning(
  hypervisor: BaseHypervisor,
  { name, hvparams }: Instance,
): Promise<boolean> {
  const info = await hypervisor.getInstanceInfo(name, hvparams);
  return info !== undefined;
}

function asFailure(prefix: string, error: unknown): unknown {
  if (!(error instanceof HypervisorError)) return error;
  return rpcFailureOf(error, `${prefix}: ${error.message}`);
}
