import type { Instance, ReasonTrail } from '../../../src/generated/objects.js';
import type { BlockDeviceLink } from '../../../src/hypervisor/hypervisor.js';
import { HypervisorRegistry } from '../../../src/hypervisor/registry.js';
import {
  type InstanceDisks,
  type InstanceLifecycleParts,
  rebootInstance,
  shutdownInstance,
  startInstance,
} from '../../../src/instance/lifecycle.js';
import { FakeClock } from '../../support/fakes/fake-clock.js';
import { FakeHypervisor } from '../../support/fakes/fake-hypervisor.js';
import type { Journal } from '../../support/fakes/journal.js';
import { recordingLogger } from '../rpc/fakes.js';
import { fileDisk, instanceWith } from '../storage/fixtures.js';

export const INSTANCE: Instance = instanceWith([fileDisk('/srv/disk0')], { name: 'inst1' });
export const TRAIL: ReasonTrail = [['gnt:client:gnt-instance', 'tests', 1]];

/** Disks that only exist in memory. */
class FakeDisks implements InstanceDisks {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async gatherAndLink(): Promise<BlockDeviceLink[]> {
    await this.#journal.note('link disks');
    return [];
  }

  async removeLinks(): Promise<void> {
    await this.#journal.note('unlink disks');
  }
}

/** What starts and stops instances, above a hypervisor, disks and a clock that only exist in memory. */
export class LifecycleFixture {
  readonly hypervisor = new FakeHypervisor();
  readonly clock = new FakeClock();
  /** The steps of the trails that were kept, by their sources. */
  readonly stored: { readonly instance: string; readonly steps: string[] }[] = [];
  readonly lifecycle: InstanceLifecycleParts;
  readonly #log = recordingLogger();

  constructor() {
    const { hypervisor, clock } = this;
    this.lifecycle = {
      hypervisors: new HypervisorRegistry([hypervisor]),
      blockDevices: new FakeDisks(hypervisor.journal),
      storeReason: (instance, trail) => this.#store(instance, trail),
      clock,
      logger: this.#log.logger,
    };
  }

  /** All that was done, in order. */
  get events(): string[] {
    return this.hypervisor.journal.events;
  }

  get stops() {
    return this.hypervisor.stops;
  }

  get logged(): unknown[] {
    return this.#log.lines.map(({ message }) => message);
  }

  fail(step: string, error: Error): void {
    this.hypervisor.journal.fail(step, error);
  }

  /** The instance ends by itself, so long after it was asked first. */
  stopsAfter(ms: number): void {
    this.hypervisor.onStop = ({ name }, { isRetry }) => {
      if (isRetry !== true)
        this.clock.at(this.clock.monotonicMs() + ms, () => {
          this.#gone(name);
        });
    };
  }

  stopsWhenForced(): void {
    this.hypervisor.onStop = ({ name }, { isForced }) => {
      if (isForced === true) this.#gone(name);
    };
  }

  async #store(instance: string, trail: ReasonTrail): Promise<void> {
    const steps = trail.map(([source]) => source);
    this.stored.push({ instance, steps });
    await this.hypervisor.journal.note(`reason ${steps.at(-1)?.split(':').at(-1) ?? ''}`);
  }

  #gone(name: string): void {
    this.hypervisor.running.delete(name);
  }

  start(): Promise<void> {
    return startInstance(this.lifecycle, INSTANCE, false, TRAIL);
  }

  shutdown(timeoutMs: number): Promise<void> {
    return shutdownInstance(this.lifecycle, INSTANCE, { timeoutMs, reason: TRAIL });
  }

  reboot(type: string): Promise<void> {
    return rebootInstance(this.lifecycle, INSTANCE, type, { timeoutMs: 60_000, reason: TRAIL });
  }
}
