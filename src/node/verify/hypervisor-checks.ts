import { HypervisorError, RpcFailure } from '../../base/errors.js';
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
      problems[name] = await orProblem(
        () => this.#parts.hypervisors.get(name).verify(all[name] ?? {}),
        'Error while checking hypervisor: ',
      );
    return problems;
  }

  /** Ganeti: backend._VerifyHvparams */
  async parameters(asked: Asked<'hvparms'>): Promise<Found<'hvparms'>> {
    const problems: Found<'hvparms'> = [];
    for (const [source, name, hvparams] of asked) {
      const problem = await orProblem(async () => {
        await this.#parts.hypervisors.get(name).validateParameters(hvparams);
        return null;
      });
      if (problem !== null) problems.push([source, name, problem]);
    }
    return problems;
  }

  /** Ganeti: backend._VerifyInstanceList */
  async instances(names: Asked<'instancelist'>, all: AllHvparams): Promise<string[] | string> {
    try {
      return await this.#parts.listInstances(names, all);
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      return error.message;
    }
  }

  /** Ganeti: backend._VerifyNodeInfo */
  async nodeInfo(name: Asked<'hvinfo'>, all: AllHvparams): Promise<NodeHypervisorInfo> {
    return this.#parts.hypervisors.get(name).getNodeInfo(all[name] ?? {});
  }
}

async function orProblem(check: () => Promise<string | null>, prefix = ''): Promise<string | null> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    return prefix + error.message;
  }
}
