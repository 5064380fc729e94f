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

/** Ganeti: backend._VerifyHypervisors */
export async function verifyHypervisors(
  { hypervisors }: HypervisorChecksParts,
  names: Asked<'hypervisor'>,
  all: AllHvparams,
): Promise<Found<'hypervisor'>> {
  const problems: Found<'hypervisor'> = {};
  for (const name of names)
    problems[name] = await recover(
      HypervisorError,
      ({ message }) => `Error while checking hypervisor: ${message}`,
      () => hypervisors.get(name).verify(all[name] ?? {}),
    );
  return problems;
}

/** Ganeti: backend._VerifyHvparams */
export async function verifyParameters(
  { hypervisors }: HypervisorChecksParts,
  asked: Asked<'hvparms'>,
): Promise<Found<'hvparms'>> {
  const problems: Found<'hvparms'> = [];
  for (const [source, name, hvparams] of asked) {
    const problem = await recover(
      HypervisorError,
      ({ message }) => message,
      () => hypervisors.get(name).validateParameters(hvparams),
    );
    if (typeof problem === 'string') problems.push([source, name, problem]);
  }
  return problems;
}

/** Ganeti: backend._VerifyInstanceList */
export async function instanceNames(
  { listInstances }: HypervisorChecksParts,
  names: Asked<'instancelist'>,
  all: AllHvparams,
): Promise<string[] | string> {
  return recover(
    RpcFailure,
    ({ message }) => message,
    () => listInstances(names, all),
  );
}

/** Ganeti: backend._VerifyNodeInfo */
export async function hypervisorInfo(
  { hypervisors }: HypervisorChecksParts,
  name: Asked<'hvinfo'>,
  all: AllHvparams,
): Promise<NodeHypervisorInfo> {
  return hypervisors.get(name).getNodeInfo(all[name] ?? {});
}
