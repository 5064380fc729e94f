import { allCalls, type CallNeeds } from '../../../src/calls/all-calls.js';
import type { CallRows } from '../../../src/calls/call-row.js';

/** A call of a service: its name, and what it was handed. */
export interface ServiceCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What the services have that calls use. */
const METHODS = {
  lifecycle: ['start', 'shutdown', 'reboot'],
  queries: ['info', 'list', 'usage', 'allInfo', 'consoles', 'migratable'],
  changes: [
    'balloonMemory',
    'hotplugSupported',
    'hotplugDevice',
    'resizeDisk',
    'migrationInfo',
    'accept',
    'migrate',
    'finalizeMigrationSource',
    'finalizeMigrationDst',
    'migrationStatus',
  ],
  blockDevices: ['create', 'assemble', 'shutdown', 'remove', 'find', 'open'],
  diskChanges: ['rename'],
  diskContents: ['convert'],
  fileStorageDirs: ['create', 'remove'],
  osScripts: ['add'],
  nodeInfo: ['get'],
  nodePower: ['schedulePowercycle'],
} as const;

/**
 * The calls, on services that only hand what they are asked to `answer`, and give what it answers.
 *
 * @param hypervisors the real thing or a fake
 * @param ganeti which version is spoken
 */
export function callsAsking(
  answer: (call: ServiceCall) => unknown,
  hypervisors?: CallNeeds['hypervisors'],
  ganeti?: CallNeeds['ganeti'],
): CallRows {
  const services = Object.entries(METHODS).map(([service, methods]) => [
    service,
    Object.fromEntries(
      methods.map((method) => [
        method,
        (...args: unknown[]) => answer({ name: `${service}.${method}`, args }),
      ]),
    ),
  ]);
  const fakes: object = { ...(Object.fromEntries(services) as object), hypervisors, ganeti };
  return allCalls(fakes as CallNeeds);
}
