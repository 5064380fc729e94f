import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorReason } from '../base/errno.js';
import { MS_PER_SECOND } from '../base/units.js';
import type { KnownVersion } from '../ganeti/versions.js';
import type { NodedConfig } from '../generated/config.js';
import { CONFIG_DEFAULTS } from '../generated/config-defaults.js';
import { validate } from '../generated/config-validator.js';
import { ownNetworkNamespace, ownPidNamespace } from '../system/kernel/namespaces.js';
import { type NodedOptions, UsageError } from './options.js';

/** Where things are on this node. */
export interface Paths {
  readonly runDir: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly confDir: string;
  readonly osSearchPath: readonly string[];
  readonly extStorageSearchPath: readonly string[];
  readonly socket: string;
  /** Lock files that Ganeti's programs share. */
  readonly lockDir: string;
  readonly etcHosts: string;
  readonly iallocatorSearchPath: readonly string[];
  /** Ganeti's program that starts and stops its daemons. */
  readonly daemonUtil: string;
  /** Directory of Ganeti's other programs of that kind. */
  readonly pkgLibDir: string;
  /** Root's SSH keys, and whose keys may log in. */
  readonly sshDir: string;
  /** The directory that holds this node if it is one of a virtual cluster. */
  readonly nodeRoot: string | undefined;
  /** Directory for disk images; made by us only below a state directory. */
  readonly fileStorageDir: string | undefined;
}

/** The whole configuration: the file, the command line and the defaults in one. Times in milliseconds. */
export interface Config {
  readonly paths: Paths;
  readonly log: {
    readonly format: 'text' | 'json';
    readonly level: string;
    readonly examination: boolean;
  };
  readonly limits: NonNullable<NodedConfig['limits']>;
  readonly timeoutsMs: {
    readonly mount: number;
    readonly osScript: number;
    readonly extScript: number;
    readonly processScan: number;
    readonly lock: number;
    readonly finish: number;
  };
  readonly chroot: {
    readonly startTimeoutMs: number;
    readonly enforcesLimits: boolean;
    readonly maxProcesses: number;
    readonly reportsUsage: boolean;
    readonly cgroupParent: string;
  };
  /** Why node_powercycle does not reboot; undefined when it does. */
  readonly powercycleObjection: string | undefined;
  readonly ganeti: {
    /** Where the code of the active version is. */
    readonly shareDir: string;
    /** The version to speak, whatever is installed. */
    readonly told: KnownVersion | undefined;
  };
}

/** The namespaces of this process, as far as they are not the machine's first. */
export interface OwnNamespaces {
  readonly pid: () => string | undefined;
  readonly network: () => string | undefined;
}

const OWN_NAMESPACES: OwnNamespaces = { pid: ownPidNamespace, network: ownNetworkNamespace };
const CONFIG_NAME = 'chroot-noded.json';

/** Ganeti on Debian: pathutils and _constants. */
const DEBIAN_PATHS = {
  ...CONFIG_DEFAULTS.paths,
  lockDir: '/var/lock',
  etcHosts: '/etc/hosts',
  iallocatorSearchPath: ['/usr/local/lib/ganeti/iallocators', '/usr/lib/ganeti/iallocators'],
  daemonUtil: '/usr/lib/ganeti/daemon-util',
  pkgLibDir: '/usr/lib/ganeti',
  sshDir: '/root/.ssh',
  nodeRoot: undefined,
  fileStorageDir: undefined,
};

/** @throws UsageError naming the file and what is wrong in it */
export function loadConfig(
  options: NodedOptions,
  environment = process.env,
  namespaces = OWN_NAMESPACES,
): Config {
  const { stateDir } = options;
  const defaults = defaultPaths(options, environment);
  const file = readConfigFile(options.configFile, defaults.confDir);
  const paths = { ...defaults, ...file.paths };
  const log = { ...CONFIG_DEFAULTS.log, ...file.log };
  const chroot = { ...CONFIG_DEFAULTS.chroot, ...file.chroot };
  return {
    paths: { ...paths, socket: file.paths?.socket ?? join(paths.runDir, 'chroot-noded.sock') },
    log: {
      format: options.logFormat ?? log.format,
      level: options.isDebug ? 'debug' : log.level,
      examination: log.examination,
    },
    limits: {
      ...file.limits,
      ...(options.maxClients === undefined ? {} : { maxConcurrentCalls: options.maxClients }),
    },
    timeoutsMs: timeoutsOf(file.timeouts),
    chroot: {
      startTimeoutMs: chroot.startTimeout * MS_PER_SECOND,
      enforcesLimits: chroot.enforceLimits,
      maxProcesses: chroot.maxProcesses,
      reportsUsage: chroot.reportUsage,
      cgroupParent: chroot.cgroupParent ?? defaultCgroupParent(stateDir, namespaces.pid()),
    },
    powercycleObjection: powercycleObjection(
      file.powercycle,
      { stateDir, nodeRoot: defaults.nodeRoot },
      namespaces,
    ),
    ganeti: {
      // With a state directory, too: the code of Ganeti does not move.
      shareDir: file.ganeti?.shareDir ?? CONFIG_DEFAULTS.ganeti.shareDir,
      told: file.ganeti?.version,
    },
  };
}

/** Where things are unless the configuration file says otherwise. */
export function defaultPaths(
  { stateDir }: Pick<NodedOptions, 'stateDir'>,
  environment = process.env,
): Omit<Paths, 'socket'> {
  return stateDir === undefined ? debianPaths(environment) : pathsBelow(stateDir);
}

/** Each node of a virtual cluster has these directories within one of its own (Ganeti: vcluster.AddNodePrefix). */
function debianPaths(environment: NodeJS.ProcessEnv): Omit<Paths, 'socket'> {
  const nodeRoot = environment['GANETI_ROOTDIR'];
  if (nodeRoot === undefined || nodeRoot === '') return DEBIAN_PATHS;
  const below = (path: string) => join(nodeRoot, path);
  return {
    ...DEBIAN_PATHS,
    runDir: below(DEBIAN_PATHS.runDir),
    dataDir: below(DEBIAN_PATHS.dataDir),
    logDir: below(DEBIAN_PATHS.logDir),
    confDir: below(DEBIAN_PATHS.confDir),
    lockDir: below(DEBIAN_PATHS.lockDir),
    nodeRoot,
  };
}

function pathsBelow(stateDir: string): Omit<Paths, 'socket'> {
  return {
    runDir: join(stateDir, 'run'),
    dataDir: join(stateDir, 'lib'),
    logDir: join(stateDir, 'log'),
    confDir: join(stateDir, 'etc'),
    osSearchPath: [join(stateDir, 'os')],
    extStorageSearchPath: [join(stateDir, 'extstorage')],
    lockDir: join(stateDir, 'run'),
    etcHosts: join(stateDir, 'etc/hosts'),
    iallocatorSearchPath: [join(stateDir, 'iallocators')],
    daemonUtil: join(stateDir, 'daemon-util'),
    pkgLibDir: stateDir,
    sshDir: join(stateDir, 'ssh'),
    nodeRoot: undefined,
    fileStorageDir: join(stateDir, 'file-storage'),
  };
}

/**
 * Daemons with different state directories, or in containers, must not share control groups: each may have an instance of the
 * same name, and the kernel has one set of groups for all.
 */
function defaultCgroupParent(
  stateDir: string | undefined,
  pidNamespace: string | undefined,
): string {
  const marks = [stateDir, pidNamespace];
  if (marks.every((mark) => mark === undefined)) return 'chroot-noded';
  const digest = createHash('sha256').update(JSON.stringify(marks)).digest('hex');
  return `chroot-noded-${digest.slice(0, 12)}`;
}

/**
 * Deviation: Ganeti always reboots. A daemon that is not the machine's own, such as one of a test cluster, would reboot what
 * others use: that has to be asked for.
 */
function powercycleObjection(
  powercycle: NodedConfig['powercycle'],
  { stateDir, nodeRoot }: { stateDir: string | undefined; nodeRoot: string | undefined },
  namespaces: OwnNamespaces,
): string | undefined {
  if (powercycle?.enabled === true) return undefined;
  if (powercycle?.enabled === false) return 'Power-cycling is switched off in the configuration';
  const guesses = {
    'with --state-dir': stateDir,
    'in a virtual cluster': nodeRoot,
    'in a PID namespace of its own, such as a container': namespaces.pid(),
    'in a network namespace of its own, such as a container': namespaces.network(),
  };
  const [where] = Object.entries(guesses).find(([, mark]) => mark !== undefined) ?? [];
  if (where === undefined) return undefined;
  return `Power-cycling is off: it would reboot the whole machine, and the daemon runs ${where}. "powercycle": {"enabled": true} in the configuration switches it on`;
}

function timeoutsOf(timeouts: NodedConfig['timeouts']): Config['timeoutsMs'] {
  const { mount, osScript, extScript, processScan, lock, finish } = {
    ...CONFIG_DEFAULTS.timeouts,
    ...timeouts,
  };
  return {
    mount: mount * MS_PER_SECOND,
    osScript: osScript * MS_PER_SECOND,
    extScript: extScript * MS_PER_SECOND,
    processScan: processScan * MS_PER_SECOND,
    lock: lock * MS_PER_SECOND,
    finish: finish * MS_PER_SECOND,
  };
}

/** Without `--config`, a file in Ganeti's directory counts if it is there. */
function readConfigFile(configFile: string | undefined, confDir: string): NodedConfig {
  const path = configFile ?? join(confDir, CONFIG_NAME);
  const text = readText(path, configFile !== undefined);
  return text === undefined ? {} : validated(path, text);
}

function readText(path: string, mustExist: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!mustExist && errorCode(error) === 'ENOENT') return undefined;
    const reason = errorReason(error);
    throw new UsageError(`Can't read the configuration ${path}: ${reason}`, { cause: error });
  }
}

function validated(path: string, text: string): NodedConfig {
  const config = parsed(path, text);
  if (validate(config)) return config;
  const problems = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const { additionalProperty, allowedValues }: Record<string, unknown> = params;
    const details = Array.isArray(allowedValues)
      ? allowedValues
      : [additionalProperty ?? []].flat();
    const extra = details.length === 0 ? '' : `: ${details.map(String).join(', ')}`;
    return `${instancePath || '/'} ${message ?? 'is wrong'}${extra}`;
  });
  throw new UsageError(`Configuration file ${path}: ${problems.join('; ')}`);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Configuration file ${path} is not JSON: ${String(error)}`, {
      cause: error,
    });
  }
}
