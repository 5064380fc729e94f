import { realpathSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import winston from 'winston';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import { ChrootManager } from '../../../src/hypervisor/chroot/chroot-manager.js';
import { ChrootProcesses } from '../../../src/hypervisor/chroot/chroot-processes.js';
import { ChrootRoots } from '../../../src/hypervisor/chroot/chroot-roots.js';
import { DiskClaims } from '../../../src/hypervisor/chroot/disk-claims.js';
import { DiskRecords } from '../../../src/hypervisor/chroot/disk-records.js';
import { ChrootHotplug } from '../../../src/hypervisor/chroot/hotplug.js';
import { InitScripts } from '../../../src/hypervisor/chroot/init-script.js';
import { Cgroups } from '../../../src/system/cgroup/cgroups.js';
import { ChrootScripts } from '../../../src/system/chroot-script/chroot-scripts.js';
import { LoopDevices } from '../../../src/system/device/loop-devices.js';
import { DiskJobs } from '../../../src/system/helper/disk-jobs.js';
import { Helpers } from '../../../src/system/helper/helpers.js';
import { LoopDoor } from '../../../src/system/helper/loop-door.js';
import { LogKeeper } from '../../../src/system/log-keeper/log-keeper.js';
import { Mounter } from '../../../src/system/mount/mounter.js';
import { MountTable } from '../../../src/system/proc/mount-table.js';
import { Processes } from '../../../src/system/proc/processes.js';
import { type MachineState, machineState } from '../../../tools/kit/machine/machine-state.js';
import { noPluggedDisks } from '../fakes/no-plugged-disks.js';

/** A ChrootManager with everything real below it, in a directory of its own: for disks that no template gives out yet. */
export class RealManager {
  readonly directory: string;
  readonly manager: ChrootManager;
  readonly #close: () => Promise<void>;

  private constructor(directory: string, manager: ChrootManager, close: () => Promise<void>) {
    this.directory = directory;
    this.manager = manager;
    this.#close = close;
  }

  static async create(): Promise<RealManager> {
    const directory = realpathSync(await mkdtemp(join(tmpdir(), 'noded-manager-')));
    const rootDir = join(directory, 'roots');
    await mkdir(rootDir);
    const logs = new LogKeeper({
      directory: join(directory, 'pipes'),
      onTrouble: (reason) => {
        throw new Error(reason);
      },
    });
    const scripts = new ChrootScripts({ logs });
    const processes = new Processes({ timeoutMs: 30_000 });
    const cgroups = await Cgroups.detect(basename(directory), { processes, rootsDir: rootDir });
    const helpers = new Helpers();
    const [table, loopDevices] = [new MountTable(), new LoopDevices()];
    const disks = new DiskJobs({ helpers, timeoutMs: 30_000, table, loopDevices });
    const mounter = new Mounter({ disks, table });
    const loops = new LoopDoor({ disks, loopDevices, mountTable: table });
    const roots = new ChrootRoots({
      rootDir,
      mounter,
      disks,
      loops,
      loopDevices,
      records: new DiskRecords({ directory: join(directory, 'records'), boot: 'this one' }),
      claims: new DiskClaims({ disks, loops, loopDevices, mountTable: table }),
    });
    const logger = winston.createLogger({ silent: true });
    const manager = new ChrootManager({
      roots,
      processes: new ChrootProcesses({ roots, cgroups, processes, logger }),
      hotplug: new ChrootHotplug({ disks: noPluggedDisks() }),
      scripts: new InitScripts({ scripts, logDir: join(directory, 'log'), clock: SYSTEM_CLOCK }),
      node: {
        info: () => Promise.reject(new Error('not asked here')),
        powercycle: () => Promise.reject(new Error('not here')),
      },
      options: {
        startTimeoutMs: 30_000,
        enforcesLimits: false,
        maxProcesses: 1_000,
        reportsUsage: false,
        consoleRootDir: rootDir,
      },
      logger,
    });
    return new RealManager(directory, manager, async () => {
      await processes.close();
      await helpers.close();
      await logs.close();
      await cgroups.close();
    });
  }

  state(): MachineState {
    return machineState(basename(this.directory));
  }

  async close(): Promise<void> {
    await this.#close();
    await rm(this.directory, { recursive: true });
  }
}
