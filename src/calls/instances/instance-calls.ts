import { MS_PER_SECOND } from '../../base/units.js';
import { isDisk } from '../../hypervisor/hypervisor.js';
import {
  balloonMemory,
  hotplugDevice,
  hotplugSupported,
  type InstanceChangesParts,
  resizeDisk,
} from '../../instance/changes.js';
import {
  type InstanceLifecycleParts,
  rebootInstance,
  shutdownInstance,
  startInstance,
} from '../../instance/lifecycle.js';
import {
  allInstancesInfo,
  checkMigratable,
  instanceConsoles,
  instanceInfo,
  instanceUsage,
  listInstances,
} from '../../instance/queries.js';
import { installOs, type OsScriptsParts } from '../../os/scripts.js';
import type { BlockDevices } from '../../storage/disks/block-devices.js';
import {
  diskLocks,
  done,
  instanceAndDiskLocks,
  instanceLock,
  type SomeCallRows,
} from '../call-row.js';

export type InstanceCallNeeds = InstanceChangesParts &
  InstanceLifecycleParts &
  OsScriptsParts & { readonly blockDevices: BlockDevices };

export const instanceCalls = (needs: InstanceCallNeeds) => {
  const { blockDevices } = needs;
  return {
    instance_start: {
      lock: ([instance]) => instanceAndDiskLocks(instance),
      run: ([instance, isStartupPaused, reason]) =>
        done(startInstance(needs, instance, isStartupPaused, reason)),
    },
    instance_shutdown: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, timeoutSeconds, reason]) =>
        done(
          shutdownInstance(needs, instance, {
            timeoutMs: timeoutSeconds * MS_PER_SECOND,
            reason,
          }),
        ),
    },
    instance_reboot: {
      lock: ([instance]) => instanceAndDiskLocks(instance),
      run: ([instance, type, timeoutSeconds, reason]) =>
        done(
          rebootInstance(needs, instance, type, {
            timeoutMs: timeoutSeconds * MS_PER_SECOND,
            reason,
          }),
        ),
    },
    instance_info: {
      run: ([name, hypervisor, hvparams]) =>
        instanceInfo(needs.hypervisors, name, hypervisor, hvparams),
    },
    instance_list: {
      run: ([hypervisors, hvparams]) => listInstances(needs.hypervisors, hypervisors, hvparams),
    },
    instance_usage: {
      run: ([name]) => instanceUsage(needs.hypervisors, name),
    },
    all_instances_info: {
      run: ([hypervisors, hvparams]) => allInstancesInfo(needs.hypervisors, hypervisors, hvparams),
    },
    instance_console_info: {
      run: ([requests]) => instanceConsoles(needs.hypervisors, requests),
    },
    instance_migratable: {
      run: ([instance]) => checkMigratable(needs.hypervisors, instance),
    },
    instance_balloon_memory: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, memoryMiB]) => done(balloonMemory(needs, instance, memoryMiB)),
    },
    instance_os_add: {
      lock: ([instance]) => instanceAndDiskLocks(instance),
      run: ([instance, isReinstall, debug]) => done(installOs(needs, instance, isReinstall, debug)),
    },
    hotplug_supported: {
      run: ([instance]) => done(hotplugSupported(needs, instance)),
    },
    hotplug_device: {
      lock: ([instance, , , device]) => [
        instanceLock(instance),
        ...(isDisk(device) ? diskLocks(device) : []),
      ],
      run: async ([instance, action, target, device, extra, sequence]) => {
        const isNewDisk = action === 'hotadd' && target === 'disk' && isDisk(device);
        const devPath = isNewDisk ? (await blockDevices.open(device, instance)).devPath : undefined;
        const request = { action, target, device, devPath, extra, sequence };
        return done(hotplugDevice(needs, instance, request));
      },
    },
    resize_disk: {
      lock: ([instance, disk]) => [instanceLock(instance), ...diskLocks(disk)],
      run: async ([instance, disk]) => {
        const { devPath } = await blockDevices.open(disk, instance);
        return done(resizeDisk(needs, instance, { disk, devPath }));
      },
    },
  } satisfies SomeCallRows;
};
