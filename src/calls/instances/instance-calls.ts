import { MS_PER_SECOND } from '../../base/units.js';
import { isDisk } from '../../hypervisor/hypervisor.js';
import type { InstanceChanges } from '../../instance/changes.js';
import type { InstanceLifecycle } from '../../instance/lifecycle.js';
import type { InstanceQueries } from '../../instance/queries.js';
import type { OsScripts } from '../../os/scripts.js';
import type { BlockDevices } from '../../storage/disks/block-devices.js';
import { done, instanceLock, type SomeCallRows } from '../call-row.js';

export interface InstanceCallNeeds {
  readonly blockDevices: BlockDevices;
  readonly changes: InstanceChanges;
  readonly lifecycle: InstanceLifecycle;
  readonly osScripts: OsScripts;
  readonly queries: InstanceQueries;
}

export const instanceCalls = ({
  blockDevices,
  changes,
  lifecycle,
  osScripts,
  queries,
}: InstanceCallNeeds) =>
  ({
    instance_start: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, isStartupPaused, reason]) =>
        done(lifecycle.start(instance, isStartupPaused, reason)),
    },
    instance_shutdown: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, timeoutSeconds, reason]) =>
        done(lifecycle.shutdown(instance, { timeoutMs: timeoutSeconds * MS_PER_SECOND, reason })),
    },
    instance_reboot: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, type, timeoutSeconds, reason]) =>
        done(
          lifecycle.reboot(instance, type, { timeoutMs: timeoutSeconds * MS_PER_SECOND, reason }),
        ),
    },
    instance_info: {
      run: ([name, hypervisor, hvparams]) => queries.info(name, hypervisor, hvparams),
    },
    instance_list: {
      run: ([hypervisors, hvparams]) => queries.list(hypervisors, hvparams),
    },
    instance_usage: {
      run: ([name]) => queries.usage(name),
    },
    all_instances_info: {
      run: ([hypervisors, hvparams]) => queries.allInfo(hypervisors, hvparams),
    },
    instance_console_info: {
      run: ([requests]) => queries.consoles(requests),
    },
    instance_migratable: {
      run: ([instance]) => queries.migratable(instance),
    },
    instance_balloon_memory: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, memoryMiB]) => done(changes.balloonMemory(instance, memoryMiB)),
    },
    instance_os_add: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, isReinstall, debug]) => done(osScripts.add(instance, isReinstall, debug)),
    },
    hotplug_supported: {
      run: ([instance]) => done(changes.hotplugSupported(instance)),
    },
    hotplug_device: {
      lock: ([instance]) => instanceLock(instance),
      run: async ([instance, action, target, device, extra, sequence]) => {
        const isNewDisk = action === 'hotadd' && target === 'disk' && isDisk(device);
        const devPath = isNewDisk ? (await blockDevices.open(device, instance)).devPath : undefined;
        const request = { action, target, device, devPath, extra, sequence };
        return done(changes.hotplugDevice(instance, request));
      },
    },
    resize_disk: {
      lock: ([instance]) => instanceLock(instance),
      run: async ([instance, disk]) => {
        const { devPath } = await blockDevices.open(disk, instance);
        return done(changes.resizeDisk(instance, { disk, devPath }));
      },
    },
  }) satisfies SomeCallRows;
