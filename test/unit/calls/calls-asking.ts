import { allCalls, type CallNeeds } from '../../../src/calls/all-calls.js';
import type { CallRows } from '../../../src/calls/call-row.js';
import type { BaseHypervisor } from '../../../src/hypervisor/hypervisor.js';
import { HypervisorRegistry } from '../../../src/hypervisor/registry.js';
import { SYSTEM_DIRS } from '../../../src/system/proc/system-dirs.js';
import { FakeClock } from '../../support/fakes/fake-clock.js';
import { recordingLogger } from '../rpc/fakes.js';

/** A call of a service or of the hypervisor: its name, and what it was handed. */
export interface ServiceCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

type Answer = (call: ServiceCall) => unknown;

/** What the services have that calls use. */
const METHODS = {
  blockDevices: [
    ...['create', 'assemble', 'shutdown', 'remove', 'find', 'open'],
    ...['gatherAndLink', 'removeLinks'],
  ],
  diskChanges: ['rename', 'snapshot'],
  diskContents: ['convert', 'image'],
  diskOpening: ['open'],
  fileStorageDirs: ['create', 'remove', 'rename'],
  nodePower: ['schedulePowercycle'],
} as const;

/** What is asked of a hypervisor to find out what runs, and so has its real answer. */
const REAL = ['getInstanceInfo', 'listInstances', 'getAllInstancesInfo'];

/**
 * The calls, on services that only hand what they are asked to `answer`, and give what it answers.
 *
 * @param needs what is not to be such a service
 */
export function callsAsking(answer: Answer, needs: Partial<CallNeeds> = {}): CallRows {
  const services = Object.entries(METHODS).map(([service, methods]) => [
    service,
    Object.fromEntries(
      methods.map((method) => [
        method,
        (...args: unknown[]) => answer({ name: `${service}.${method}`, args }),
      ]),
    ),
  ]);
  const fakes: object = {
    ...(Object.fromEntries(services) as object),
    storeReason: (...args: unknown[]) => answer({ name: 'storeReason', args }),
    clock: new FakeClock(),
    logger: recordingLogger().logger,
    systemDirs: SYSTEM_DIRS,
    ...needs,
  };
  return allCalls(fakes as CallNeeds);
}

/** A registry of the one hypervisor, whose methods hand what they are asked to `answer`, too; what runs is as it says. */
export function hypervisorAsking(answer: Answer, hypervisor: BaseHypervisor): HypervisorRegistry {
  const asking = new Proxy(hypervisor, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answered = answer({ name: `hypervisor.${String(name)}`, args });
        const real = (): unknown => Reflect.apply(member, target, args);
        return REAL.includes(String(name)) ? real() : answered;
      };
    },
  });
  return new HypervisorRegistry([asking]);
}
