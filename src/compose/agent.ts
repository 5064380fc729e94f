import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../base/clock.js';
import { allCalls } from '../calls/all-calls.js';
import { Executor } from '../calls/executor.js';
import { Locks } from '../calls/locks.js';
import type { Config } from '../config/config.js';
import type { SpokenVersion } from '../ganeti/ganeti.js';
import { ganetiPaths } from '../ganeti/paths.js';
import { ChrootManager } from '../hypervisor/chroot/chroot-manager.js';
import { ChrootProcesses } from '../hypervisor/chroot/chroot-processes.js';
import { ChrootRoots } from '../hypervisor/chroot/chroot-roots.js';
import { ChrootHotplug } from '../hypervisor/chroot/hotplug.js';
import { InitScripts } from '../hypervisor/chroot/init-script.js';
import { PluggedDisks } from '../hypervisor/chroot/plugged-disks.js';
import { FakeHypervisor } from '../hypervisor/fake/fake-hypervisor.js';
import { InstanceFiles } from '../hypervisor/fake/instance-files.js';
import type { NodeDoor } from '../hypervisor/hypervisor.js';
import { linuxNodeInfo } from '../hypervisor/linux-node-info.js';
import { LinuxPowercycle } from '../hypervisor/linux-powercycle.js';
import { HypervisorRegistry } from '../hypervisor/registry.js';
import { InstanceChanges } from '../instance/changes.js';
import { InstanceLifecycle } from '../instance/lifecycle.js';
import { InstanceQueries } from '../instance/queries.js';
import { ReasonTrails } from '../instance/reason-trail.js';
import type { JobQueue } from '../node/files/job-queue.js';
import { NodeInfo } from '../node/machine/node-info.js';
import { NodePower } from '../node/machine/node-power.js';
import type { RestrictedCommandsParts } from '../node/programs/restricted-commands.js';
import { Dispatcher } from '../rpc/dispatcher.js';
import { CallSchemas } from '../rpc/schemas/call-schemas.js';
import { openRpcDocument } from '../rpc/schemas/openrpc.js';
import { ParameterValidator } from '../rpc/schemas/parameter-validator.js';
import { RpcServer } from '../rpc/server/rpc-server.js';
import { StorageSpace } from '../storage/units/storage-space.js';
import type { ControlGroups } from '../system/cgroup/cgroups.js';
import { openCgroups } from '../system/cgroup/open-cgroups.js';
import { type CommandRunner, Commands } from '../system/command/command.js';
import { ConfinedCommands } from '../system/command/confined-commands.js';
import { DeviceFolders } from '../system/device/device-directory.js';
import { LoopDevices } from '../system/device/loop-devices.js';
import { NamedLoops } from '../system/device/named-loops.js';
import { makeDirectory } from '../system/file/directories.js';
import { missingMountRight } from '../system/kernel/rights.js';
import { Mounter } from '../system/mount/mounter.js';
import { NETWORK, type NetworkDoor } from '../system/network/network.js';
import { MountTable } from '../system/proc/mount-table.js';
import { type ProcessDoor, Processes } from '../system/proc/processes.js';
import { SYSTEM_DIRS, type SystemDirs } from '../system/proc/system-dirs.js';
import { createClusterParts, createOwnNames } from './cluster.js';
import { createExportParts } from './exports.js';
import { clearLeftovers } from './leftovers.js';
import { createNodeParts } from './node.js';
import { createOsParts } from './os.js';
import { createStorage } from './storage.js';

/** Ganeti: pathutils.IMPORT_EXPORT_DAEMON; it is there too when all else lies below a state folder. */
const TRANSFER_HELPER = '/usr/lib/ganeti/import-export';

/** The whole agent, listening nowhere yet. */
export interface Agent {
  readonly server: RpcServer;
  /** Why no control groups can be made, and so no chroots can run; undefined when they can. */
  readonly missingControlGroups: string | undefined;
  /** Takes no more calls, waits for those that run, and lets go of everything. Instances go on. */
  close(): Promise<{ unfinished: string[] }>;
}

/** All that the agent does to this machine but for files; passed in so that tests need neither root nor mounts. */
export interface SystemDoors {
  readonly commands: CommandRunner;
  readonly processes: ProcessDoor;
  readonly cgroups: ControlGroups;
  /** Why no disk can be mounted; undefined when nothing is known to be missing. */
  readonly missingMountRight: () => string | undefined;
  readonly mountTable: MountTable;
  readonly loopDevices: LoopDevices;
  readonly namedLoops: NamedLoops;
  readonly network: NetworkDoor;
  readonly systemDirs: SystemDirs;
  /** Ganeti's program that moves disks between nodes and into exports. */
  readonly transferHelper: string;
  close(): Promise<void>;
}

/** The doors to the real machine. */
async function openDoors({ paths, timeoutsMs, chroot }: Config): Promise<SystemDoors> {
  const commands = new Commands();
  const loopDevices = new LoopDevices();
  const processes = new Processes({ timeoutMs: timeoutsMs.processScan });
  const { cgroups, close: closeCgroups } = await openCgroups(
    chroot.cgroupParent,
    join(paths.runDir, 'cgroup'),
    commands,
  );
  return {
    commands,
    processes,
    cgroups,
    missingMountRight,
    mountTable: new MountTable(),
    loopDevices,
    namedLoops: new NamedLoops({ loopDevices }),
    network: NETWORK,
    systemDirs: SYSTEM_DIRS,
    transferHelper: TRANSFER_HELPER,
    close: async () => {
      await processes.close();
      await closeCgroups();
    },
  };
}

/** What the agent is given besides its configuration. */
export interface AgentSurroundings {
  readonly logger: Logger;
  /** Resolves when the log file has what was logged; at once unless given. */
  readonly logWritten?: () => Promise<void>;
  /** Makes the daemon end in an orderly way, for the call by which a node leaves its cluster. */
  readonly requestStop: () => void;
  /** Which Ganeti the master is. */
  readonly ganeti: SpokenVersion;
  /** The real machine, unless told otherwise. */
  readonly doors?: SystemDoors;
  /** Other than root's, for tests that are not root. */
  readonly restrictedCommands?: Pick<RestrictedCommandsParts, 'owner' | 'failureDelayMs'>;
}

/** Builds the agent from its configuration: the only place where the parts are put together. */
export async function createAgent(
  config: Config,
  version: string,
  { doors: givenDoors, ...surroundings }: AgentSurroundings,
): Promise<Agent> {
  const { logger, logWritten } = surroundings;
  await makeRunDirectories(config);
  const doors = givenDoors ?? (await openDoors(config));
  const services = await createServices(config, doors, surroundings);
  await prepareJobQueue(services.jobQueue, logger);
  const locks = new Locks({ timeoutMs: config.timeoutsMs.lock });
  const schemas = CallSchemas.load();
  const dispatcher = new Dispatcher({
    schemas,
    validator: new ParameterValidator(schemas),
    executor: new Executor({ calls: allCalls(services), locks }),
    logger,
    limits: config.limits,
    clock: SYSTEM_CLOCK,
  });
  const discover = () => openRpcDocument(schemas, version);
  const server = new RpcServer({
    dispatcher,
    discover,
    logger,
    ...(logWritten === undefined ? {} : { logWritten }),
    limits: config.limits,
  });
  return {
    server,
    missingControlGroups: doors.cgroups.missing,
    close: async () => {
      const result = await server.close({ graceMs: config.timeoutsMs.finish });
      await doors.close();
      return result;
    },
  };
}

/** Without its queue a node can still do nearly everything. */
async function prepareJobQueue(jobQueue: JobQueue, logger: Logger): Promise<void> {
  try {
    await jobQueue.prepare();
  } catch (error) {
    logger.error("can't prepare the job queue, proceeding anyway", { reason: String(error) });
  }
}

async function makeRunDirectories({ paths }: Config): Promise<void> {
  const named = ganetiPaths(paths);
  const ofInstances = [named.chrootsDir, named.fakeInstancesDir, named.reasonTrailsDir];
  for (const directory of [...ofInstances, named.diskLinksDir, named.deviceCacheDir])
    await makeDirectory(directory, 0o755);
}

async function createServices(
  config: Config,
  doors: SystemDoors,
  { logger, requestStop, ganeti, restrictedCommands }: Omit<AgentSurroundings, 'doors'>,
) {
  const { paths } = config;
  const { commands, cgroups, mountTable, systemDirs, transferHelper } = doors;
  const confined = new ConfinedCommands({ commands, cgroups });
  await clearLeftovers(config, { confined, logger });
  const storage = createStorage(config, { commands, confined, mountTable, logger });
  const powercycle = new LinuxPowercycle({
    enabled: config.isPowercycleEnabled,
    sysrqTriggerPath: join(systemDirs.proc, 'sysrq-trigger'),
    commands,
    logger,
  });
  const { proc } = systemDirs;
  const nodeDoor: NodeDoor = {
    info: () =>
      linuxNodeInfo(
        { meminfoPath: join(proc, 'meminfo'), cpuinfoPath: join(proc, 'cpuinfo') },
        ganeti.version().memory,
      ),
    powercycle: () => powercycle.run(),
  };
  const hypervisors = new HypervisorRegistry([
    await createChrootManager(config, doors, nodeDoor, logger),
    new FakeHypervisor({
      files: new InstanceFiles(ganetiPaths(paths).fakeInstancesDir),
      node: nodeDoor,
    }),
  ]);
  const ownNames = createOwnNames(config, doors);
  const node = createNodeParts(config, { commands, ganeti, ownNames, logger, restrictedCommands });
  const os = createOsParts(config, {
    commands,
    confined,
    blockDevices: storage.blockDevices,
  });
  const queries = new InstanceQueries(hypervisors);
  const neighbours = { hypervisors, queries, ...storage, ...node, ...os };
  return {
    ganeti,
    ...neighbours,
    ...createClusterParts(config, { ...doors, ganeti, logger, requestStop }, neighbours),
    lifecycle: new InstanceLifecycle({
      hypervisors,
      disks: storage.blockDevices,
      reasons: new ReasonTrails(ganetiPaths(paths).reasonTrailsDir),
      clock: SYSTEM_CLOCK,
      logger,
    }),
    changes: new InstanceChanges({ hypervisors, logger }),
    ...createExportParts(config, { ...storage, transferHelper, ownNames, commands, logger }),
    nodeInfo: new NodeInfo({
      bootIdPath: join(systemDirs.proc, 'sys/kernel/random/boot_id'),
      hypervisors,
      storage: new StorageSpace({ commands, mountTable }),
    }),
    nodePower: new NodePower({
      checkEnabled: () => {
        powercycle.checkEnabled();
      },
      logger,
    }),
  };
}

async function createChrootManager(
  { paths, timeoutsMs, chroot }: Config,
  {
    commands,
    processes,
    cgroups,
    mountTable,
    missingMountRight,
    loopDevices,
    namedLoops,
  }: SystemDoors,
  node: NodeDoor,
  logger: Logger,
): Promise<ChrootManager> {
  const configuredRootDir = ganetiPaths(paths).chrootsDir;
  const mounter = new Mounter({
    commands,
    timeoutMs: timeoutsMs.mount,
    table: mountTable,
    missingRight: missingMountRight,
  });
  const roots = new ChrootRoots({
    // The kernel names mounts without symbolic links, and /var/run is one.
    rootDir: await realpath(configuredRootDir),
    mounter,
    loopDevices,
  });
  const disks = new PluggedDisks({
    roots,
    mounter,
    loopDevices,
    loops: namedLoops,
    folders: new DeviceFolders({ commands, timeoutMs: timeoutsMs.mount }),
  });
  return new ChrootManager({
    roots,
    processes: new ChrootProcesses({ roots, cgroups, processes }),
    hotplug: new ChrootHotplug({ disks }),
    scripts: new InitScripts({
      commands,
      logDir: join(paths.logDir, 'chroot'),
      clock: SYSTEM_CLOCK,
    }),
    node,
    options: { ...chroot, consoleRootDir: configuredRootDir },
    logger,
  });
}
