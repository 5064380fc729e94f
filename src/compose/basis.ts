import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'winston';
import type { Clock } from '../base/clock.js';
import { ignoring } from '../base/errno.js';
import type { Config, Paths } from '../config/config.js';
import type { SpokenVersion } from '../ganeti/ganeti.js';
import { type GanetiPaths, ganetiPaths } from '../ganeti/paths.js';
import type { RestrictedCommandsRules } from '../node/programs/restricted-commands.js';
import type { ControlGroups } from '../system/cgroup/cgroups.js';
import { openCgroups } from '../system/cgroup/open-cgroups.js';
import { type ChrootScriptRunner, ChrootScripts } from '../system/chroot-script/chroot-scripts.js';
import { type CommandRunner, Commands } from '../system/command/command.js';
import type { ConfinedCommands } from '../system/command/confined-commands.js';
import { LoopDevices } from '../system/device/loop-devices.js';
import { type DiskDoor, DiskJobs } from '../system/helper/disk-jobs.js';
import { Helpers } from '../system/helper/helpers.js';
import { missingMountRight } from '../system/kernel/rights.js';
import { type LogDoor, LogKeeper } from '../system/log-keeper/log-keeper.js';
import { NETWORK, type NetworkDoor } from '../system/network/network.js';
import { MountTable, MountWatch } from '../system/proc/mount-table.js';
import { type ProcessDoor, Processes } from '../system/proc/processes.js';
import { SYSTEM_DIRS, type SystemDirs } from '../system/proc/system-dirs.js';

/** Ganeti: pathutils.IMPORT_EXPORT_DAEMON; it is there too when all else lies below a state directory. */
const TRANSFER_HELPER = '/usr/lib/ganeti/import-export';

/** All that the daemon does to this machine but for files; passed in so that tests need neither root nor mounts. */
export interface SystemDoors {
  /** Not confined: daemons and hooks that are started live on. */
  readonly commands: CommandRunner;
  readonly logs: LogDoor;
  /** Scripts in chroots. */
  readonly scripts: ChrootScriptRunner;
  readonly processes: ProcessDoor;
  readonly cgroups: ControlGroups;
  /** Why no disk can be mounted; undefined when nothing is known to be missing. */
  readonly missingMountRight: () => string | undefined;
  readonly mountTable: MountTable;
  readonly loopDevices: LoopDevices;
  readonly disks: DiskDoor;
  readonly network: NetworkDoor;
  readonly systemDirs: SystemDirs;
  /** Ganeti's program that moves disks between nodes and into exports. */
  readonly transferHelper: string;
  close(): Promise<void>;
}

/** What the daemon is given besides its configuration. */
export interface Surroundings {
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
  readonly restrictedCommands?: Partial<RestrictedCommandsRules>;
}

/** What every part may be built from. */
export interface Basis
  extends SystemDoors, Omit<Surroundings, 'doors' | 'logWritten'>, Paths, GanetiPaths {
  readonly config: Config;
  readonly timeoutsMs: Config['timeoutsMs'];
  /** Where programs make temporary files. */
  readonly temporaryDir: string;
  readonly clock: Clock;
  /** Ends what it started when the daemon is killed: it must not write to disks that belong to others by then. */
  readonly confined: ConfinedCommands;
}

/** Without symbolic links, of which /var/run is one; also where it has to be made yet. */
async function namedByKernel(directory: string): Promise<string> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], realpath(directory))) ?? directory;
}

/** The doors to the real machine. */
export async function openDoors(
  { paths, timeoutsMs, chroot }: Config,
  logger: Logger,
): Promise<SystemDoors> {
  const logs = new LogKeeper({
    directory: join(paths.runDir, 'chroot-logs'),
    onTrouble: (reason) => logger.warn("can't keep the output of a program", { reason }),
  });
  logs.resume();
  const commands = new Commands({ logs });
  const loopDevices = new LoopDevices();
  const helpers = new Helpers();
  const processes = new Processes({ timeoutMs: timeoutsMs.processScan });
  const rootsDir = await namedByKernel(ganetiPaths(paths).chrootsDir);
  const watch = new MountWatch();
  const mountTable = new MountTable({ instancesDir: rootsDir, watch });
  const { cgroups, close: closeCgroups } = await openCgroups(
    chroot.cgroupParent,
    join(paths.runDir, 'cgroup'),
    commands,
    { processes, rootsDir },
  );
  return {
    commands,
    logs,
    scripts: new ChrootScripts({ logs }),
    processes,
    cgroups,
    missingMountRight,
    mountTable,
    loopDevices,
    disks: new DiskJobs({
      helpers,
      timeoutMs: timeoutsMs.mount,
      table: mountTable,
      loopDevices,
    }),
    network: NETWORK,
    systemDirs: SYSTEM_DIRS,
    transferHelper: TRANSFER_HELPER,
    close: async () => {
      await processes.close();
      await helpers.close();
      await logs.close();
      await closeCgroups();
      watch.close();
    },
  };
}
