import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { FileStoragePathError } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import type { SpokenVersion } from '../../ganeti/ganeti.js';
import type { AllHvparams, VerifyRequest, VerifyResult } from '../../generated/objects.js';
import type { SystemDirs } from '../../system/proc/system-dirs.js';
import { missingBridges } from '../machine/bridges.js';
import {
  type ClientCertificateParts,
  verifyCertificate,
} from '../membership/client-certificate.js';
import type { NodeNames } from '../membership/node-name.js';
import { drbdHelper, drbdVersion, usedDrbdMinors } from './drbd-state.js';
import { checksums, notExecutable, outOfBandProblems } from './file-checks.js';
import {
  type HypervisorChecksParts,
  hypervisorInfo,
  instanceNames,
  verifyHypervisors,
  verifyParameters,
} from './hypervisor-checks.js';
import { isMasterIpReached, type NetworkChecksParts, unreachableNodes } from './network-checks.js';
import { type SshConnectionsParts, verifyConnections } from './ssh-connections.js';
import { sshClutter, type SshSetupParts, verifySshSetup } from './ssh-setup.js';
import {
  logicalVolumes,
  physicalVolumes,
  sharedPhysicalVolumes,
  type VolumeChecksParts,
  volumeGroups,
} from './volume-checks.js';

/** Checks that are made at the same time. */
const CONCURRENCY = 8;

/** Which directories may be used for file storage. */
export interface CheckedStoragePaths {
  wrongDirectories(): Promise<string[]>;
  /** @throws FileStoragePathError */
  checkUsable(path: string): Promise<void>;
}

export interface NodeVerifierParts
  extends
    ClientCertificateParts,
    HypervisorChecksParts,
    NetworkChecksParts,
    SshConnectionsParts,
    SshSetupParts,
    VolumeChecksParts {
  readonly ganeti: SpokenVersion;
  readonly nodeNames: NodeNames;
  readonly storagePaths: CheckedStoragePaths;
  readonly diagnoseOs: () => Promise<unknown[]>;
  readonly systemDirs: SystemDirs;
}

/** What each check gets to know of the others' questions. */
interface Context {
  readonly request: VerifyRequest;
  readonly ownName: string;
  readonly clusterName: string;
  readonly hvparams: AllHvparams;
}

type CheckName = keyof VerifyResult;

/** How one check is made. */
interface Check<K extends CheckName> {
  /** Whether a node that never has instances leaves it out. */
  readonly isForInstances?: true;
  /** The answer; undefined if nothing is to be said. */
  readonly run: (
    parts: NodeVerifierParts,
    asked: NonNullable<VerifyRequest[K]>,
    context: Context,
  ) => Promise<VerifyResult[K]> | VerifyResult[K];
}

/** Every check that a master asks for, and some that it only could. */
const CHECKS: { readonly [K in CheckName]: Check<K> } = {
  hypervisor: {
    isForInstances: true,
    run: (parts, names, { hvparams }) => verifyHypervisors(parts, names, hvparams),
  },
  hvparms: {
    isForInstances: true,
    run: (parts, asked) => verifyParameters(parts, asked),
  },
  filelist: { run: ({ nodeRoot }, paths) => checksums(nodeRoot, paths) },
  'client-cert': { run: (parts) => verifyCertificate(parts) },
  'ssh-setup': {
    run: (parts, [nodes, keyType], { ownName }) => verifySshSetup(parts, nodes, keyType, ownName),
  },
  'ssh-clutter': {
    run: (parts, _asked, { request, ownName }) =>
      request['ssh-setup'] === undefined
        ? undefined
        : sshClutter(parts, request['ssh-setup'][0], ownName),
  },
  nodelist: {
    run: (parts, asked, { ownName, clusterName }) =>
      verifyConnections(parts, asked, ownName, clusterName),
  },
  'node-net-test': {
    run: (parts, asked, { ownName }) => unreachableNodes(parts, asked, ownName),
  },
  'master-ip': {
    run: (parts, asked, { ownName }) => isMasterIpReached(parts, asked, ownName),
  },
  'user-scripts': { run: (_parts, scripts) => notExecutable(scripts) },
  'oob-paths': { run: (_parts, paths) => outOfBandProblems(paths) },
  lvlist: { isForInstances: true, run: (parts) => logicalVolumes(parts) },
  instancelist: {
    isForInstances: true,
    run: (parts, names, { hvparams }) => instanceNames(parts, names, hvparams),
  },
  vglist: { isForInstances: true, run: (parts) => volumeGroups(parts) },
  pvlist: { isForInstances: true, run: (parts, groups) => physicalVolumes(parts, groups) },
  'exclusive-pvs': {
    isForInstances: true,
    run: (parts, _asked, { request }) =>
      request.pvlist === undefined ? undefined : sharedPhysicalVolumes(parts, request.pvlist),
  },
  version: {
    run: ({ ganeti }) => {
      const { protocol, release } = ganeti.version();
      return [protocol, release];
    },
  },
  hvinfo: {
    isForInstances: true,
    run: (parts, name, { hvparams }) => hypervisorInfo(parts, name, hvparams),
  },
  'drbd-version': { isForInstances: true, run: ({ systemDirs }) => drbdVersion(systemDirs) },
  'drbd-list': { isForInstances: true, run: ({ systemDirs }) => usedDrbdMinors(systemDirs) },
  'drbd-helper': { isForInstances: true, run: ({ systemDirs }) => drbdHelper(systemDirs) },
  nodesetup: { run: ({ systemDirs }) => setupProblems(systemDirs) },
  time: { run: ({ clock }) => splitTime(clock.wallTime().getTime()) },
  oslist: { isForInstances: true, run: ({ diagnoseOs }) => diagnoseOs() },
  bridges: {
    isForInstances: true,
    run: ({ systemDirs }, names) => missingBridges(systemDirs, names),
  },
  'allowed-file-storage-paths': {
    run: ({ storagePaths }, node, { ownName }) =>
      node === ownName ? storagePaths.wrongDirectories() : undefined,
  },
  'file-storage-path': { run: ({ storagePaths }, path) => storageProblem(storagePaths, path) },
  'shared-file-storage-path': {
    run: ({ storagePaths }, path) => storageProblem(storagePaths, path),
  },
};

const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];

/**
 * Tells the master what is wrong with this node (Ganeti: backend.VerifyNode). Makes the checks that are asked for, several at the same time: they only look, and most wait for programs, disks or
 * other nodes.
 *
 * @throws NodeError when a check cannot be made
 */
export async function verifyNode(
  parts: NodeVerifierParts,
  request: VerifyRequest,
  clusterName: string,
  hvparams: AllHvparams,
): Promise<VerifyResult> {
  const ownName = await parts.nodeNames.own();
  const context = { request, ownName, clusterName, hvparams };
  const hasInstances = !(request.nonvmnodes ?? []).includes(ownName);
  const asked = CHECK_NAMES.filter(
    (name) => name in request && (hasInstances || CHECKS[name].isForInstances !== true),
  );
  const answers = await mapLimited(
    asked,
    CONCURRENCY,
    async (name): Promise<[CheckName, unknown]> => [name, await checkOne(parts, name, context)],
  );
  return Object.fromEntries(answers.filter(([, answer]) => answer !== undefined));
}

async function checkOne<K extends CheckName>(
  parts: NodeVerifierParts,
  name: K,
  context: Context,
): Promise<VerifyResult[K]> {
  const check: Check<K> = CHECKS[name];
  // Many checks ask nothing, and come with null.
  const asked = context.request[name] as NonNullable<VerifyRequest[K]>;
  return check.run(parts, asked, context);
}

async function setupProblems({ proc, sys }: SystemDirs): Promise<string[]> {
  const problems: string[] = [];
  if (!(await isDirectory(join(sys, 'block'))) || !(await isDirectory(join(sys, 'class/net'))))
    problems.push(
      "The sysfs filesytem doesn't seem to be mounted under /sys, missing required directories /sys/block and /sys/class/net",
    );
  const trigger = await ignoring(['ENOENT', 'ENOTDIR'], stat(join(proc, 'sysrq-trigger')));
  if (!(await isDirectory(join(proc, 'sys'))) || trigger?.isFile() !== true)
    problems.push(
      "The procfs filesystem doesn't seem to be mounted under /proc, missing required directory /proc/sys and the file /proc/sysrq-trigger",
    );
  return problems;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], stat(path)))?.isDirectory() ?? false;
}

/** Ganeti: utils.SplitTime */
function splitTime(timeMs: number): [seconds: number, microseconds: number] {
  return [Math.floor(timeMs / 1000), Math.floor((timeMs % 1000) * 1000)];
}

async function storageProblem(
  paths: CheckedStoragePaths,
  path: string | null,
): Promise<string | undefined> {
  if (path === null || path === '') return undefined;
  try {
    await paths.checkUsable(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof FileStoragePathError)) throw error;
    return error.message;
  }
}
