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
import { InstanceChanges } from '../instance/changes.js';
import { InstanceLifecycle } from '../instance/lifecycle.js';
import { InstanceQueries } from '../instance/queries.js';
import { ReasonTrails } from '../instance/reason-trail.js';
import { NodeInfo } from '../node/machine/node-info.js';
import { NodePower } from '../node/machine/node-power.js';
import { StorageSpace } from '../storage/units/storage-space.js';
import { DeviceDirectories } from '../system/device/device-directory.js';
import { readIfExists } from '../system/file/files.js';
import { Mounter } from '../system/mount/mounter.js';
import type { SystemDirs } from '../system/proc/system-dirs.js';
import type { Basis } from './basis.js';
import type { createStorage } from './storage.js';

/** Builds the hypervisors, and what serves the calls about instances and the machine below them. */
export async function createHypervisors(
  basis: Basis,
  { blockDevices: disks }: Pick<ReturnType<typeof createStorage>, 'blockDevices'>,
) {
  const { config, named, commands, mountTable, systemDirs, ganeti, clock, logger } = basis;
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
  const files = new InstanceFiles(named.fakeInstancesDir);
  const hypervisors = new HypervisorRegistry([
    await createChrootManager(basis, node),
    new FakeHypervisor({ files, node }),
  ]);
  const reasons = new ReasonTrails(named.reasonTrailsDir);
  return {
    hypervisors,
    queries: new InstanceQueries(hypervisors),
    changes: new InstanceChanges({ hypervisors, logger }),
    lifecycle: new InstanceLifecycle({ hypervisors, disks, reasons, clock, logger }),
    nodeInfo: new NodeInfo({
      bootIdPath: bootIdPath(systemDirs),
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

function bootIdPath({ proc }: SystemDirs): string {
  return join(proc, 'sys/kernel/random/boot_id');
}

async function createChrootManager(basis: Basis, node: NodeDoor): Promise<ChrootManager> {
  const { config, named, commands, clock, logger, loopDevices, systemDirs } = basis;
  const timeoutMs = config.timeoutsMs.mount;
  const { mountTable: table, missingMountRight: missingRight } = basis;
  const mounter = new Mounter({ commands, timeoutMs, table, missingRight });
  // The kernel names mounts without symbolic links, and /var/run is one.
  const rootDir = await realpath(named.chrootsDir);
  const records = new DiskRecords({
    directory: named.chrootDisksDir,
    boot: (await readIfExists(bootIdPath(systemDirs)))?.trim() ?? '',
  });
  const claims = new DiskClaims({ loopDevices, mounter });
  const ofDisks = { mounter, loopDevices, records, claims };
  const roots = new ChrootRoots({ rootDir, ...ofDisks });
  const directories = new DeviceDirectories({ commands, timeoutMs });
  const disks = new PluggedDisks({ roots, ...ofDisks, directories, linksDir: named.diskLinksDir });
  const logDir = join(config.paths.logDir, 'chroot');
  return new ChrootManager({
    roots,
    processes: new ChrootProcesses({ ...basis, roots }),
    hotplug: new ChrootHotplug({ disks }),
    scripts: new InitScripts({ commands, logDir, clock }),
    node,
    options: { ...config.chroot, consoleRootDir: named.chrootsDir },
    logger,
  });
}
