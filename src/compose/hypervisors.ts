import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ChrootManager } from '../hypervisor/chroot/chroot-manager.js';
import { ChrootProcesses } from '../hypervisor/chroot/chroot-processes.js';
import { ChrootRoots } from '../hypervisor/chroot/chroot-roots.js';
import { DiskClaims } from '../hypervisor/chroot/disk-claims.js';
import { DiskRecords } from '../hypervisor/chroot/disk-records.js';
import { ChrootHotplug } from '../hypervisor/chroot/hotplug.js';
import { InitScripts } from '../hypervisor/chroot/init-script.js';
import { PluggedDisks } from '../hypervisor/chroot/plugged-disks.js';
import { FakeHypervisor } from '../hypervisor/fake/fake-hypervisor.js';
import { InstanceFiles } from '../hypervisor/fake/instance-files.js';
import type { NodeDoor } from '../hypervisor/hypervisor.js';
import { linuxNodeInfo } from '../hypervisor/linux-node-info.js';
import { LinuxPowercycle } from '../hypervisor/linux-powercycle.js';
import { HypervisorRegistry } from '../hypervisor/registry.js';
import { NodePower } from '../node/machine/node-power.js';
import { DeviceDirectories } from '../system/device/device-directory.js';
import { readIfExists } from '../system/file/files.js';
import { LoopDoor } from '../system/helper/loop-door.js';
import { Mounter } from '../system/mount/mounter.js';
import type { Basis } from './basis.js';

/** Builds the hypervisors, and what switches off the machine below them. */
export async function createHypervisors(basis: Basis) {
  const { config, commands, systemDirs, ganeti, logger } = basis;
  const { proc } = systemDirs;
  const powercycle = new LinuxPowercycle({
    objection: config.powercycleObjection,
    sysrqTriggerPath: join(proc, 'sysrq-trigger'),
    commands,
    logger,
  });
  const figures = { meminfoPath: join(proc, 'meminfo'), cpuinfoPath: join(proc, 'cpuinfo') };
  const node = {
    info: () => linuxNodeInfo(figures, ganeti.version().memory),
    powercycle: () => powercycle.run(),
  };
  const files = new InstanceFiles(basis.fakeInstancesDir);
  return {
    hypervisors: new HypervisorRegistry([
      await createChrootManager(basis, node),
      new FakeHypervisor({ files, node }),
    ]),
    nodePower: new NodePower({
      checkEnabled: () => {
        powercycle.checkEnabled();
      },
      logger,
    }),
  };
}

async function createChrootManager(basis: Basis, node: NodeDoor): Promise<ChrootManager> {
  const { config, chrootsDir, scripts, clock, logger, loopDevices, systemDirs } = basis;
  const { disks: door } = basis;
  const { mountTable, missingMountRight: missingRight } = basis;
  const mounter = new Mounter({ disks: door, table: mountTable, missingRight });
  // The kernel names mounts without symbolic links, and /var/run is one.
  const rootDir = await realpath(chrootsDir);
  const records = new DiskRecords({
    directory: basis.chrootDisksDir,
    boot: (await readIfExists(join(systemDirs.proc, 'sys/kernel/random/boot_id')))?.trim() ?? '',
  });
  const loops = new LoopDoor({ disks: door, loopDevices, mountTable });
  const claims = new DiskClaims({ loops, loopDevices, mountTable, disks: door });
  const ofDisks = { mounter, disks: door, loops, loopDevices, records, claims };
  const roots = new ChrootRoots({ rootDir, ...ofDisks });
  const directories = new DeviceDirectories({ disks: door });
  const disks = new PluggedDisks({ roots, ...ofDisks, directories, linksDir: basis.diskLinksDir });
  const logDir = join(basis.logDir, 'chroot');
  return new ChrootManager({
    roots,
    processes: new ChrootProcesses({ ...basis, roots }),
    hotplug: new ChrootHotplug({ disks }),
    scripts: new InitScripts({ scripts, logDir, clock }),
    node,
    options: { ...config.chroot, consoleRootDir: chrootsDir },
    logger,
  });
}
