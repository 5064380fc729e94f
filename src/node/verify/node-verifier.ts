import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WallClock } from '../../base/clock.js';
import { ignoring } from '../../base/errno.js';
import { FileStoragePathError } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import type { SpokenVersion } from '../../ganeti/ganeti.js';
import type { AllHvparams, VerifyRequest, VerifyResult } from '../../generated/objects.js';
import type { SystemDirs } from '../../system/proc/system-dirs.js';
import type { Bridges } from '../machine/bridges.js';
import type { ClientCertificate } from '../membership/client-certificate.js';
import type { NodeNames } from '../membership/node-name.js';
import type { DrbdState } from './drbd-state.js';
import type { FileChecks } from './file-checks.js';
import type { HypervisorChecks } from './hypervisor-checks.js';
import type { NetworkChecks } from './network-checks.js';
import type { SshConnections } from './ssh-connections.js';
import type { SshSetup } from './ssh-setup.js';
import type { VolumeChecks } from './volume-checks.js';

/** Checks that are made at the same time. */
const CONCURRENCY = 8;

/** Which directories may be used for file storage. */
export interface CheckedStoragePaths {
  wrongDirectories(): Promise<string[]>;
  /** @throws FileStoragePathError */
  checkUsable(path: string): Promise<void>;
}

/** What a class can be asked, so that tests can pass a fake. */
type Door<T> = Pick<T, keyof T>;

export interface NodeVerifierParts {
  readonly ganeti: SpokenVersion;
  readonly nodeNames: NodeNames;
  readonly hypervisors: Door<HypervisorChecks>;
  readonly files: Door<FileChecks>;
  readonly network: Door<NetworkChecks>;
  readonly sshConnections: Door<SshConnections>;
  readonly sshSetup: Door<SshSetup>;
  readonly certificate: Pick<ClientCertificate, 'verify'>;
  readonly volumes: Door<VolumeChecks>;
  readonly drbd: Door<DrbdState>;
  readonly bridges: Pick<Bridges, 'missing'>;
  readonly storagePaths: CheckedStoragePaths;
  readonly diagnoseOs: () => Promise<unknown[]>;
  readonly systemDirs: SystemDirs;
  readonly clock: WallClock;
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
    run: ({ hypervisors }, names, { hvparams }) => hypervisors.verify(names, hvparams),
  },
  hvparms: { isForInstances: true, run: ({ hypervisors }, asked) => hypervisors.parameters(asked) },
  filelist: { run: ({ files }, paths) => files.checksums(paths) },
  'client-cert': { run: ({ certificate }) => certificate.verify() },
  'ssh-setup': {
    run: ({ sshSetup }, [nodes, keyType], { ownName }) => sshSetup.verify(nodes, keyType, ownName),
  },
  'ssh-clutter': {
    run: ({ sshSetup }, _asked, { request, ownName }) =>
      request['ssh-setup'] === undefined
        ? undefined
        : sshSetup.clutter(request['ssh-setup'][0], ownName),
  },
  nodelist: {
    run: ({ sshConnections }, asked, { ownName, clusterName }) =>
      sshConnections.verify(asked, ownName, clusterName),
  },
  'node-net-test': { run: ({ network }, asked, { ownName }) => network.nodes(asked, ownName) },
  'master-ip': { run: ({ network }, asked, { ownName }) => network.masterIp(asked, ownName) },
  'user-scripts': { run: ({ files }, scripts) => files.notExecutable(scripts) },
  'oob-paths': { run: ({ files }, paths) => files.outOfBandProblems(paths) },
  lvlist: { isForInstances: true, run: ({ volumes }) => volumes.logical() },
  instancelist: {
    isForInstances: true,
    run: ({ hypervisors }, names, { hvparams }) => hypervisors.instances(names, hvparams),
  },
  vglist: { isForInstances: true, run: ({ volumes }) => volumes.groups() },
  pvlist: { isForInstances: true, run: ({ volumes }, groups) => volumes.physical(groups) },
  'exclusive-pvs': {
    isForInstances: true,
    run: ({ volumes }, _asked, { request }) =>
      request.pvlist === undefined ? undefined : volumes.shared(request.pvlist),
  },
  version: {
    run: ({ ganeti }) => {
      const { protocol, release } = ganeti.version();
      return [protocol, release];
    },
  },
  hvinfo: {
    isForInstances: true,
    run: ({ hypervisors }, name, { hvparams }) => hypervisors.nodeInfo(name, hvparams),
  },
  'drbd-version': { isForInstances: true, run: ({ drbd }) => drbd.version() },
  'drbd-list': { isForInstances: true, run: ({ drbd }) => drbd.usedMinors() },
  'drbd-helper': { isForInstances: true, run: ({ drbd }) => drbd.helper() },
  nodesetup: { run: ({ systemDirs }) => setupProblems(systemDirs) },
  time: { run: ({ clock }) => splitTime(clock.wallTime().getTime()) },
  oslist: { isForInstances: true, run: ({ diagnoseOs }) => diagnoseOs() },
  bridges: { isForInstances: true, run: ({ bridges }, names) => bridges.missing(names) },
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

/** Tells the master what is wrong with this node (Ganeti: backend.VerifyNode). */
export class NodeVerifier {
  readonly #parts: NodeVerifierParts;

  constructor(parts: NodeVerifierParts) {
    this.#parts = parts;
  }

  /**
   * Makes the checks that are asked for, several at the same time: they only look, and most wait for programs, disks or
   * other nodes.
   *
   * @throws NodeError when a check cannot be made
   */
  async verify(
    request: VerifyRequest,
    clusterName: string,
    hvparams: AllHvparams,
  ): Promise<VerifyResult> {
    const ownName = await this.#parts.nodeNames.own();
    const context = { request, ownName, clusterName, hvparams };
    const hasInstances = !(request.nonvmnodes ?? []).includes(ownName);
    const asked = CHECK_NAMES.filter(
      (name) => name in request && (hasInstances || CHECKS[name].isForInstances !== true),
    );
    const answers = await mapLimited(
      asked,
      CONCURRENCY,
      async (name): Promise<[CheckName, unknown]> => [name, await this.#check(name, context)],
    );
    return Object.fromEntries(answers.filter(([, answer]) => answer !== undefined));
  }

  async #check<K extends CheckName>(name: K, context: Context): Promise<VerifyResult[K]> {
    const check: Check<K> = CHECKS[name];
    // Many checks ask nothing, and come with null.
    const asked = context.request[name] as NonNullable<VerifyRequest[K]>;
    return check.run(this.#parts, asked, context);
  }
}

async function setupProblems({ proc, sys }: NodeVerifierParts['systemDirs']): Promise<string[]> {
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
