import type { Paths } from '../config/config.js';
import type { Machine } from '../system/kernel/machine.js';
import { checkCertificates } from './checks/certificates.js';
import { checkAccounts, checkDirectories } from './checks/ganeti.js';
import { checkControlGroups, checkKernel, checkLoopDevices, checkNode } from './checks/kernel.js';
import { checkPrograms } from './checks/programs.js';
import { checkCapability, checkMount, checkRoot } from './checks/rights.js';
import { type Finding, ok } from './finding.js';

/** What is examined. */
export interface Examination {
  readonly machine: Machine;
  readonly paths: Paths;
  /** Whether all is below a state directory, and nothing of Ganeti's is needed. */
  readonly hasStateDir: boolean;
  /**
   * What went wrong when the daemon made its control group, or null; without it one is made here.
   *
   * A daemon that starts does not try what it can tell otherwise, so that it is not held up.
   */
  readonly controlGroups?: string | null;
}

/** All that chroots need on this machine, a line each. */
export async function examine(examination: Examination): Promise<Finding[]> {
  const { machine, paths, hasStateDir, controlGroups } = examination;
  const capability = checkCapability(machine);
  // Where a container's walls may stand in the way, only a trial tells.
  const isTried = controlGroups === undefined || machine.container !== undefined;
  return [
    ...(machine.container === undefined
      ? []
      : [ok('container', `this is a container: ${machine.container}`)]),
    checkRoot(machine),
    capability,
    ...(isTried && capability.status === 'ok' ? [await checkMount(machine)] : []),
    await checkLoopDevices(machine, isTried),
    checkControlGroups(
      machine,
      controlGroups === undefined ? await machine.tryControlGroup() : (controlGroups ?? undefined),
    ),
    checkKernel(machine),
    checkNode(machine),
    ...(await checkPrograms(machine, !hasStateDir)),
    ...(hasStateDir ? [] : [await checkAccounts(machine), await checkDirectories(machine, paths)]),
    ...(await checkCertificates(machine, paths, hasStateDir)),
  ];
}

/** Whether nothing that chroots need is missing. */
export function canRunChroots(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== 'missing');
}
