import { isDisk } from '../hypervisor/hypervisor.js';
import { done, instanceLock, type CallRows } from './call-table.js';

const MILLISECONDS = 1000;

export const INSTANCE_CALLS: CallRows<
  | 'instance_start'
  | 'instance_shutdown'
  | 'instance_reboot'
  | 'instance_info'
  | 'instance_list'
  | 'instance_usage'
  | 'all_instances_info'
  | 'instance_console_info'
  | 'instance_migratable'
  | 'instance_balloon_memory'
  | 'instance_os_add'
  | 'hotplug_supported'
  | 'hotplug_device'
  | 'resize_disk'
> = {
  instance_start: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ lifecycle }, [instance, isStartupPaused, reason]) =>
      done(lifecycle.start(instance, isStartupPaused, reason)),
  },
  instance_shutdown: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ lifecycle }, [instance, timeoutSeconds, reason]) =>
      done(lifecycle.shutdown(instance, { timeoutMs: timeoutSeconds * MILLISECONDS, reason })),
  },
  instance_reboot: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ lifecycle }, [instance, type, timeoutSeconds, reason]) =>
      done(lifecycle.reboot(instance, type, { timeoutMs: timeoutSeconds * MILLISECONDS, reason })),
  },
  instance_info: {
    handle: ({ queries }, [name, hypervisor, hvparams]) => queries.info(name, hypervisor, hvparams),
  },
  instance_list: {
    handle: ({ queries }, [hypervisors, hvparams]) => queries.list(hypervisors, hvparams),
  },
  instance_usage: {
    handle: ({ queries }, [name]) => queries.usage(name),
  },
  all_instances_info: {
    handle: ({ queries }, [hypervisors, hvparams]) => queries.allInfo(hypervisors, hvparams),
  },
  instance_console_info: {
    handle: ({ queries }, [requests]) => queries.consoles(requests),
  },
  instance_migratable: {
    handle: ({ queries }, [instance]) => queries.migratable(instance),
  },
  instance_balloon_memory: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ changes }, [instance, memoryMiB]) =>
      done(changes.balloonMemory(instance, memoryMiB)),
  },
  instance_os_add: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ osScripts }, [instance, isReinstall, debug]) =>
      done(osScripts.add(instance, isReinstall, debug)),
  },
  hotplug_supported: {
    handle: ({ changes }, [instance]) => done(changes.hotplugSupported(instance)),
  },
  hotplug_device: {
    lock: ([instance]) => instanceLock(instance),
    handle: async (
      { blockDevices, changes },
      [instance, action, target, device, extra, sequence],
    ) => {
      const isNewDisk = action === 'hotadd' && target === 'disk' && isDisk(device);
      const devPath = isNewDisk ? (await blockDevices.open(device, instance)).devPath : undefined;
      const request = { action, target, device, devPath, extra, sequence };
      return done(changes.hotplugDevice(instance, request));
    },
  },
  resize_disk: {
    lock: ([instance]) => instanceLock(instance),
    handle: async ({ blockDevices, changes }, [instance, disk]) => {
      const { devPath } = await blockDevices.open(disk, instance);
      return done(changes.resizeDisk(instance, { disk, devPath }));
    },
  },
};
