import { HypervisorError, RpcFailure } from '../../base/errors.js';
import { recover } from '../../base/translate.js';
import type {
  AllHvparams,
  Hvparams,
  NodeHypervisorInfo,
  VerifyRequest,
  VerifyResult,
} from '../../generated/objects.js';

/** What is asked of a hypervisor here. */
export interface VerifiedHypervisor {
  /** What is wrong, or null. */
  verify(hvparams: Hvparams): Promise<string | null>;
  validateParameters(hvparams: Hvparams): Promise<void>;
  getNodeInfo(hvparams: Hvparams): Promise<NodeHypervisorInfo>;
}

export interface VerifiedHypervisors {
  /** @throws HypervisorError for an unknown name */
  get(name: string): VerifiedHypervisor;
}

/** Names of the instances that run. */
export type InstanceLister = (
  hypervisors: readonly string[],
  hvparams: AllHvparams,
) => Promise<string[]>;

type Asked<K extends keyof VerifyRequest> = NonNullable<VerifyRequest[K]>;
type Found<K extends keyof VerifyResult> = NonNullable<VerifyResult[K]>;

export interface HypervisorChecksParts {
  readonly hypervisors: VerifiedHypervisors;
  readonly listInstances: InstanceLister;
}

/** The checks that the hypervisors make. */
export class HypervisorChecks {
  readonly #parts: HypervisorChecksParts;

  constructor(parts: HypervisorChecksParts) {
    this.#parts = parts;
  }

  /** Ganeti: backend._VerifyHypervisors */
  async verify(names: Asked<'hypervisor'>, all: AllHvparams): Promise<Found<'hypervisor'>> {
    const problems: Found<'hypervisor'> = {};
    for (const name of names)
      problems[name] = await recover(
        HypervisorError,
        ({ message }) => `Error while checking hypervisor: ${message}`,
        () => this.#parts.hypervisors.get(name).verify(all[name] ?? {}),
      );
    return problems;
  }

  /** Ganeti: backend._VerifyHvparams */
  async parameters(asked: Asked<'hvparms'>): Promise<Found<'hvparms'>> {
    const problems: Found<'hvparms'> = [];
    for (const [source, name, hvparams] of asked) {
      const problem = await recover(
        HypervisorError,
        ({ message }) => message,
        () => this.#parts.hypervisors.get(name).validateParameters(hvparams),
      );
      if (typeof problem === 'string') problems.push([source, name, problem]);
    }
    return problems;
  }

  /** Ganeti: backend._VerifyInstanceList */
  async instances(names: Asked<'instancelist'>, all: AllHvparams): Promise<string[] | string> {
    return recover(
      RpcFailure,
      ({ message }) => message,
      () => this.#parts.listInstances(names, all),
    );
  }

  /** Ganeti: backend._VerifyNodeInfo */
  async nodeInfo(name: Asked<'hvinfo'>, all: AllHvparams): Promise<NodeHypervisorInfo> {
    return this.#parts.hypervisors.get(name).getNodeInfo(all[name] ?? {});
  }
}
