/* Generated from rpc-schema by `npm run generate`; changes belong there. */

import type {
  AllHvparams,
  BlockDeviceStatus,
  Console,
  ConsoleRequest,
  Disk,
  HotplugDevice,
  HvSpec,
  Hvparams,
  Instance,
  InstanceInfo,
  InstanceName,
  InstanceUsage,
  LogicalId,
  MigrationStatus,
  NodeHypervisorInfo,
  ReasonTrail,
  StorageInfo,
  StoragePath,
  StorageUnit,
} from './objects.js';

/** Every call that is served: its parameters in order, and its result. */
export interface Calls {
  /** Prepares the node to take over an instance. */
  accept_instance: { params: [instance: Instance, info: unknown, target: string]; result: null };
  /** Tells of all instances that run what they use. */
  all_instances_info: {
    params: [hypervisor_list: string[], all_hvparams: AllHvparams];
    result: {
      [k: string]: InstanceInfo;
    };
  };
  /** Makes a disk ready for use, and links to it on the primary node. */
  blockdev_assemble: {
    params: [disk: Disk, instance: Instance, on_primary: boolean, idx: number];
    result: [true, true] | [string, string | null, string | null];
  };
  /** Makes a disk. */
  blockdev_create: {
    params: [
      bdev: Disk,
      size: number,
      owner: InstanceName,
      on_primary: boolean,
      info: string,
      exclusive_storage: boolean,
    ];
    result: LogicalId | null;
  };
  /** Tells the state of a disk. */
  blockdev_find: { params: [disk: Disk]; result: BlockDeviceStatus | null };
  /** Removes a disk and what is on it. */
  blockdev_remove: { params: [bdev: Disk]; result: null };
  /** Takes a disk out of use. */
  blockdev_shutdown: { params: [disk: Disk]; result: null };
  /** Makes a folder for file storage, and those above it. */
  file_storage_dir_create: { params: [file_storage_dir: StoragePath]; result: null };
  /** Removes an empty folder of file storage. */
  file_storage_dir_remove: { params: [file_storage_dir: StoragePath]; result: null };
  /** Adds, removes or changes a device of a running instance. */
  hotplug_device: {
    params: [
      instance: Instance,
      action: 'hotadd' | 'hotremove' | 'hotmod',
      dev_type: 'disk' | 'nic',
      device: HotplugDevice,
      extra: unknown,
      seq: number,
    ];
    result: null;
  };
  /** Checks that devices of a running instance can be changed. */
  hotplug_supported: { params: [instance: Instance]; result: null };
  /** Checks the parameters of a hypervisor. */
  hypervisor_validate_params: { params: [hvname: string, hvfull: Hvparams]; result: null };
  /** Checks that a hypervisor can work on this node; not a call of Ganeti. */
  hypervisor_verify: {
    params: [hypervisor_name: string, hvparams: Hvparams];
    result: string | null;
  };
  /** Changes how much memory an instance may use while it runs. */
  instance_balloon_memory: { params: [instance: Instance, memory: number]; result: null };
  /** Tells how the consoles of instances are reached. */
  instance_console_info: {
    params: [
      instance_param_dict: {
        [k: string]: ConsoleRequest;
      },
    ];
    result: {
      [k: string]: Console;
    };
  };
  /** Ends a migration on the node the instance went to. */
  instance_finalize_migration_dst: {
    params: [instance: Instance, info: unknown, success: boolean];
    result: null;
  };
  /** Ends a migration on the node the instance came from. */
  instance_finalize_migration_src: {
    params: [instance: Instance, success: boolean, live: boolean];
    result: null;
  };
  /** Tells how far a migration is. */
  instance_get_migration_status: { params: [instance: Instance]; result: MigrationStatus };
  /** Tells whether an instance runs, and what it uses. */
  instance_info: {
    params: [instance: InstanceName, hname: string, hvparams: Hvparams];
    result: InstanceInfo | Record<string, never>;
  };
  /** Lists the names of the instances that run. */
  instance_list: {
    params: [hypervisor_list: string[], hvparams: AllHvparams];
    result: InstanceName[];
  };
  /** Checks that an instance runs and could be migrated. */
  instance_migratable: { params: [instance: Instance]; result: null };
  /** Moves a running instance to another node. */
  instance_migrate: {
    params: [cluster_name: string, instance: Instance, target: string, live: boolean];
    result: null;
  };
  /** Installs the operating system of an instance. */
  instance_os_add: {
    params: [instance_osp: Instance, reinstall: boolean, debug: number];
    result: null;
  };
  /** Reboots an instance. */
  instance_reboot: {
    params: [inst: Instance, reboot_type: string, shutdown_timeout: number, reason: ReasonTrail];
    result: null;
  };
  /** Stops an instance. */
  instance_shutdown: {
    params: [instance: Instance, timeout: number, reason: ReasonTrail];
    result: null;
  };
  /** Starts an instance. */
  instance_start: {
    params: [instance_hvp_bep: Instance, startup_paused: boolean, reason: ReasonTrail];
    result: null;
  };
  /** Tells what a running instance uses; not a call of Ganeti. */
  instance_usage: { params: [instance_name: InstanceName]; result: InstanceUsage };
  /** Gathers what the target of a migration has to know. */
  migration_info: { params: [instance: Instance]; result: string };
  /** Tells what the node has: storage, memory, processors. */
  node_info: {
    params: [storage_units: StorageUnit[] | null, hv_specs: HvSpec[] | null];
    result: [string, StorageInfo[] | null, NodeHypervisorInfo[] | null];
  };
  /** Reboots the node at once, without stopping anything. */
  node_powercycle: { params: [hypervisor: string, hvparams: Hvparams]; result: string };
  /** Lets a running instance know that a disk of it has grown. */
  resize_disk: { params: [instance: Instance, disk: Disk, new_size: number]; result: null };
  /** Answers after a while. */
  test_delay: { params: [duration: number]; result: null };
  /** Tells the version of the protocol. */
  version: { params: []; result: number };
}

/** The name of a call that is served. */
export type CallName = keyof Calls;
