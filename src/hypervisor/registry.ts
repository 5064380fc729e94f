import { HypervisorError } from '../base/errors.js';
import type { BaseHypervisor } from './hypervisor.js';

/** The hypervisors of this node, by name (Ganeti: hypervisor.GetHypervisor). */
export class HypervisorRegistry {
  readonly #byName: ReadonlyMap<string, BaseHypervisor>;

  constructor(hypervisors: readonly BaseHypervisor[]) {
    this.#byName = new Map(hypervisors.map((hypervisor) => [hypervisor.name, hypervisor]));
  }

  get all(): readonly BaseHypervisor[] {
    return [...this.#byName.values()];
  }

  /** @throws HypervisorError for a hypervisor that this node does not have */
  get(name: string): BaseHypervisor {
    const hypervisor = this.#byName.get(name);
    if (hypervisor === undefined) throw new HypervisorError(`Unknown hypervisor type '${name}'`);
    return hypervisor;
  }
}
