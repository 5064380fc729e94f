/* Generated from rpc-schema by `npm run generate`; changes belong there. */

import type {
  AllHvparams,
  BlockDeviceStatus,
  Console,
  ConsoleRequest,
  Device,
  Disk,
  EncodedContent,
  HvSpec,
  Hvparams,
  ImportExportEnd,
  ImportExportName,
  ImportExportOptions,
  ImportExportStatus,
  Instance,
  InstanceConfig,
  InstanceName,
  LogicalId,
  LvmName,
  MasterNetwork,
  MigrationStatus,
  NetworkInterface,
  NodeHypervisorInfo,
  NodeVolume,
  ReasonTrail,
  ResourceUsage,
  RunningInstance,
  SshKeyType,
  StorageInfo,
  StoragePath,
  StorageUnit,
  VerifyRequest,
  VerifyResult,
} from './objects.js';

/** Every call that is served: its parameters in order, and its result. */
export interface Calls {
  /** Prepare the node to receive a migrating instance. */
  accept_instance: { params: [instance: Instance, info: unknown, target: string]; result: null };
  /** Report the resource usage of all running instances. */
  all_instances_info: {
    params: [hypervisor_list: string[], all_hvparams: AllHvparams];
    result: {
      [k: string]: RunningInstance;
    };
  };
  /** Report the sizes of block devices. */
  bdev_sizes: {
    params: [devices: string[]];
    result: {
      [k: string]: number;
    };
  };
  /** Attach devices to a mirrored disk. */
  blockdev_addchildren: { params: [bdev: Disk, ndevs: Disk[]]; result: null };
  /** Assemble a disk and, on the primary node, link to it. */
  blockdev_assemble: {
    params: [disk: Disk, instance: Instance, on_primary: boolean, idx: number];
    result: [true, true] | [string, string | null, string | null];
  };
  /** Close disks and remove the links to them. */
  blockdev_close: { params: [instance_name: string, disks: Disk[]]; result: null };
  /** Copy the data of one disk to another. */
  blockdev_convert: { params: [bdev_src: Disk, bdev_dest: Disk]; result: null };
  /** Create a disk. */
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
  /** Report the status of a disk. */
  blockdev_find: { params: [disk: Disk]; result: BlockDeviceStatus | null };
  /** Report the sizes of disks. */
  blockdev_getdimensions: { params: [disks: Disk[]]; result: ([number, number | null] | null)[] };
  /** Report the mirror status of disks; fail if one is missing. */
  blockdev_getmirrorstatus: { params: [disks: Disk[]]; result: BlockDeviceStatus[] };
  /** Report the mirror status of disks, with an error for each missing one. */
  blockdev_getmirrorstatus_multi: {
    params: [node_disks: Disk[]];
    result: ([true, BlockDeviceStatus] | [false, string])[];
  };
  /** Grow a disk. */
  blockdev_grow: {
    params: [
      cf_bdev: Disk,
      amount: number,
      dryrun: boolean,
      backingstore: boolean,
      es_flag: boolean,
    ];
    result: null;
  };
  /** Write an image to a disk. */
  blockdev_image: { params: [bdev: Disk, image: string, size: number]; result: null };
  /** Open disks and link to them. */
  blockdev_open: {
    params: [instance_name: InstanceName, disks: Disk[], exclusive: boolean];
    result: null;
  };
  /** Pause or resume the synchronisation of mirrored disks. */
  blockdev_pause_resume_sync: {
    params: [disks: Disk[], pause: boolean];
    result: [boolean, string | null][];
  };
  /** Remove a disk and its data. */
  blockdev_remove: { params: [bdev: Disk]; result: null };
  /** Detach devices from a mirrored disk. */
  blockdev_removechildren: { params: [bdev: Disk, ndevs: Disk[]]; result: null };
  /** Rename disks. */
  blockdev_rename: { params: [devlist: [Disk, LogicalId][]]; result: null };
  /** Set the info text of a disk. */
  blockdev_setinfo: { params: [disk: Disk, info: string]; result: null };
  /** Shut down a disk: undo `blockdev_assemble`, except for the link. */
  blockdev_shutdown: { params: [disk: Disk]; result: null };
  /** Create a snapshot of a disk. */
  blockdev_snapshot: {
    params: [cf_bdev: Disk, snap_name: string | null, snap_size: number | null];
    result: LogicalId;
  };
  /** Overwrite part of a disk with zeros. */
  blockdev_wipe: { params: [bdev: Disk, offset: number, size: number]; result: null };
  /** Check that network bridges exist. */
  bridges_exist: { params: [bridges_list: string[]]; result: null };
  /** Connect DRBD disks to their peers. */
  drbd_attach_net: { params: [disks: Disk[], multimaster: boolean]; result: null };
  /** Disconnect DRBD disks from their peers. */
  drbd_disconnect_net: { params: [disks: Disk[]]; result: null };
  /** Report the path of the DRBD usermode helper. */
  drbd_helper: { params: []; result: string };
  /** List the DRBD disks that need activation. */
  drbd_needs_activation: { params: [disks: Disk[]]; result: string[] };
  /** Wait until DRBD disks are synchronised. */
  drbd_wait_sync: { params: [disks: Disk[]]; result: [boolean, number | null] };
  /** Add a host to the node's `/etc/hosts`, or remove it. */
  etc_hosts_modify: {
    params: [mode: 'add' | 'remove', name: string, ip: string | null];
    result: true;
  };
  /** Report the configuration of an export. */
  export_info: { params: [path: StoragePath]; result: string };
  /** List the exports on the node. */
  export_list: { params: []; result: string[] };
  /** Remove an export. */
  export_remove: { params: [export_name: string]; result: null };
  /** Start to send a disk or file to another node. */
  export_start: {
    params: [
      opts: ImportExportOptions,
      host: string,
      port: number,
      instance: Instance,
      component: string,
      source: ImportExportEnd,
    ];
    result: ImportExportName;
  };
  /** List the external storage providers and their problems. */
  extstorage_diagnose: { params: []; result: [string, string, boolean, string, string[][]][] };
  /** Create a file storage directory, with missing parent directories. */
  file_storage_dir_create: { params: [file_storage_dir: StoragePath]; result: null };
  /** Remove an empty file storage directory. */
  file_storage_dir_remove: { params: [file_storage_dir: StoragePath]; result: null };
  /** Rename a file storage directory. */
  file_storage_dir_rename: {
    params: [old_file_storage_dir: StoragePath, new_file_storage_dir: StoragePath];
    result: null;
  };
  /** Complete an export after all disks have arrived, and replace the previous export. */
  finalize_export: { params: [instance: Instance, snap_disks: (Disk | boolean)[]]; result: null };
  /** Report whether a file exists, and its size. */
  get_file_info: {
    params: [file_path: string];
    result: [
      boolean,
      {
        /**
         * Size in bytes.
         */
        size?: number;
      },
    ];
  };
  /** Report until when the watcher is paused on this node. */
  get_watcher_pause: { params: []; result: number | null };
  /** Run the hooks of an operation. */
  hooks_runner: {
    params: [
      hpath: string,
      phase: 'pre' | 'post',
      env: {
        [k: string]: string;
      },
    ];
    result: [string, 0 | 1 | 2, string][];
  };
  /** Add, remove or modify a device of a running instance. */
  hotplug_device: {
    params: [
      instance: Instance,
      action: 'hotadd' | 'hotremove' | 'hotmod',
      dev_type: 'disk' | 'nic',
      device: Device,
      extra: unknown,
      seq: number,
    ];
    result: null;
  };
  /** Check that an instance supports hotplug. */
  hotplug_supported: { params: [instance: Instance]; result: null };
  /** Validate the parameters of a hypervisor. */
  hypervisor_validate_params: { params: [hvname: string, hvfull: Hvparams]; result: null };
  /** Check that a hypervisor works on this node (not in Ganeti). */
  hypervisor_verify: {
    params: [hypervisor_name: string, hvparams: Hvparams];
    result: string | null;
  };
  /** Run an iallocator to place instances. */
  iallocator_runner: {
    params: [
      name: string,
      idata: string,
      default_iallocator_params: {
        [k: string]: string | null;
      },
    ];
    result: string;
  };
  /** Abort an import or export. */
  impexp_abort: { params: [name: ImportExportName]; result: null };
  /** Clean up after an import or export, and end it if it still runs. */
  impexp_cleanup: { params: [name: ImportExportName]; result: null };
  /** Report the status of imports and exports. */
  impexp_status: { params: [names: ImportExportName[]]; result: (ImportExportStatus | null)[] };
  /** Start to receive a disk or file from another node. */
  import_start: {
    params: [
      opts: ImportExportOptions,
      instance: Instance,
      component: string,
      dest: ImportExportEnd,
    ];
    result: ImportExportName;
  };
  /** Change how much memory a running instance may use (ballooning). */
  instance_balloon_memory: { params: [instance: Instance, memory: number]; result: null };
  /** Report how to reach the consoles of instances. */
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
  /** Finish a migration on the target node. */
  instance_finalize_migration_dst: {
    params: [instance: Instance, info: unknown, success: boolean];
    result: null;
  };
  /** Finish a migration on the source node. */
  instance_finalize_migration_src: {
    params: [instance: Instance, success: boolean, live: boolean];
    result: null;
  };
  /** Report the progress of a migration. */
  instance_get_migration_status: { params: [instance: Instance]; result: MigrationStatus };
  /** Report whether an instance runs, and its resource usage. */
  instance_info: {
    params: [instance: InstanceName, hname: string, hvparams: Hvparams];
    result: RunningInstance | Record<string, never>;
  };
  /** List the names of all running instances. */
  instance_list: {
    params: [hypervisor_list: string[], hvparams: AllHvparams];
    result: InstanceName[];
  };
  /** Send the data of an instance to the metadata daemon. */
  instance_metadata_modify: { params: [instance: InstanceConfig]; result: null };
  /** Check that an instance runs and can be migrated. */
  instance_migratable: { params: [instance: Instance]; result: null };
  /** Migrate a running instance to another node. */
  instance_migrate: {
    params: [cluster_name: string, instance: Instance, target: string, live: boolean];
    result: null;
  };
  /** Install the operating system of an instance. */
  instance_os_add: {
    params: [instance_osp: Instance, reinstall: boolean, debug: number];
    result: null;
  };
  /** Reboot an instance. */
  instance_reboot: {
    params: [inst: Instance, reboot_type: string, shutdown_timeout: number, reason: ReasonTrail];
    result: null;
  };
  /** Adapt the operating system of an instance to the instance's new name. */
  instance_run_rename: {
    params: [instance: Instance, old_name: InstanceName, debug: number];
    result: null;
  };
  /** Shut down an instance. */
  instance_shutdown: {
    params: [instance: Instance, timeout: number, reason: ReasonTrail];
    result: null;
  };
  /** Start an instance. */
  instance_start: {
    params: [instance_hvp_bep: Instance, startup_paused: boolean, reason: ReasonTrail];
    result: null;
  };
  /** Report the memory, processes and CPU time of a running instance (not in Ganeti). */
  instance_usage: { params: [instance_name: InstanceName]; result: ResourceUsage };
  /** Remove all jobs from the job queue and its archive. */
  jobqueue_purge: { params: []; result: null };
  /** Rename files of the job queue, for example to archive them. */
  jobqueue_rename: { params: [rename: [string, string][]]; result: null[] };
  /** Set or clear the drain flag of the job queue. */
  jobqueue_set_drain_flag: { params: [flag: boolean]; result: null };
  /** Write a file of the job queue. */
  jobqueue_update: { params: [file_name: string, content: EncodedContent]; result: null };
  /** List logical volumes. */
  lv_list: {
    params: [vg_name: LvmName[]];
    result: {
      /**
       * @minItems 3
       */
      [k: string]: [string, boolean, boolean];
    };
  };
  /** Report the name of the master node, as far as this node knows it. */
  master_node_name: { params: []; result: string };
  /** Collect the data that the target node of a migration needs. */
  migration_info: { params: [instance: Instance]; result: string };
  /** Activate the master IP address on this node. */
  node_activate_master_ip: {
    params: [master_params: MasterNetwork, use_external_mip_script: boolean];
    result: null;
  };
  /** Change the netmask of the master IP address. */
  node_change_master_netmask: {
    params: [
      old_netmask: number,
      netmask: number,
      master_ip: string,
      master_netdev: NetworkInterface,
    ];
    result: null;
  };
  /** Create an Open vSwitch switch. */
  node_configure_ovs: {
    params: [ovs_name: NetworkInterface, ovs_link: NetworkInterface | ('' | null)];
    result: null;
  };
  /** Report the digest of the node's client certificate. */
  node_crypto_tokens: {
    params: [
      token_request: [
        string,
        string,
        {
          [k: string]: unknown;
        } | null,
      ][],
    ];
    result: [string, string][];
  };
  /** Deactivate the master IP address on this node. */
  node_deactivate_master_ip: {
    params: [master_params: MasterNetwork, use_external_mip_script: boolean];
    result: null;
  };
  /** Demote the node from master candidate. */
  node_demote_from_mc: { params: []; result: null };
  /** Start or stop a Ganeti daemon. */
  node_ensure_daemon: { params: [daemon: string, run: boolean]; result: boolean };
  /** Check whether the node has an IP address. */
  node_has_ip_address: { params: [address: string]; result: boolean };
  /** Report the node's storage, memory and processors. */
  node_info: {
    params: [storage_units: StorageUnit[] | null, hv_specs: HvSpec[] | null];
    result: [string, StorageInfo[] | null, NodeHypervisorInfo[] | null];
  };
  /** Remove the cluster's data from the node, and stop the daemon. */
  node_leave_cluster: { params: [modify_ssh_setup: boolean]; result: string };
  /** Reboot the node at once, without stopping anything. */
  node_powercycle: { params: [hypervisor: string, hvparams: Hvparams]; result: string };
  /** Add a node's SSH key to the key files of all nodes. */
  node_ssh_key_add: {
    params: [
      node_uuid: string,
      node_name: string,
      potential_master_candidates: string[],
      to_authorized_keys: boolean,
      to_public_keys: boolean,
      get_public_keys: boolean,
    ];
    result: [string, string][];
  };
  /** Remove a node's SSH key from the key files of all nodes. */
  node_ssh_key_remove: {
    params: [
      node_uuid: string,
      node_name: string,
      master_candidate_uuids: string[],
      potential_master_candidates: string[],
      from_authorized_keys: boolean,
      from_public_keys: boolean,
      clear_authorized_keys: boolean,
      clear_public_keys: boolean,
      readd: boolean,
    ];
    result: [string, string][];
  };
  /** Renew the SSH keys of nodes, and revoke the old keys. */
  node_ssh_keys_renew: {
    params: [
      node_uuids: string[],
      node_names: string[],
      master_candidate_uuids: string[],
      potential_master_candidates: string[],
      old_key_type: SshKeyType,
      new_key_type: SshKeyType,
      new_key_bits: number,
    ];
    result: [string, string][];
  };
  /** Start the master daemons. */
  node_start_master_daemons: { params: [no_voting: boolean]; result: null };
  /** Stop the master daemons. */
  node_stop_master: { params: []; result: null };
  /** Verify the node: files, connections, keys, hypervisors, storage. */
  node_verify: {
    params: [checkdict: VerifyRequest, cluster_name: string, all_hvparams: AllHvparams];
    result: VerifyResult;
  };
  /** Verify a node that is about to join the cluster. */
  node_verify_light: {
    params: [checkdict: VerifyRequest, cluster_name: string, hvparams: AllHvparams];
    result: VerifyResult;
  };
  /** List logical volumes and their physical devices. */
  node_volumes: { params: []; result: NodeVolume[] };
  /** List the OS definitions and their problems. */
  os_diagnose: {
    params: [];
    result: [string, string, boolean, string, string[], string[][], number[], boolean][];
  };
  /** Pack an OS definition together with the environment of an instance. */
  os_export: {
    params: [
      instance: Instance,
      override_env: {
        [k: string]: string;
      },
    ];
    result: string;
  };
  /** Validate an OS and its parameters before an instance uses them. */
  os_validate: {
    params: [
      required: boolean,
      name: string,
      checks: string[],
      params: {
        [k: string]: string;
      },
      force_variant: boolean,
    ];
    result: boolean;
  };
  /** Notify a running instance that one of its disks has grown. */
  resize_disk: { params: [instance: Instance, disk: Disk, new_size: number]; result: null };
  /** Run a restricted command, which the administrator has installed on the node. */
  restricted_command: { params: [cmd: string]; result: string };
  /** Run an out-of-band program to manage another node. */
  run_oob: {
    params: [
      oob_program: string,
      command: 'power-on' | 'power-off' | 'power-cycle' | 'power-status' | 'health',
      remote_node: string,
      timeout: number,
    ];
    result: unknown;
  };
  /** Pause the watcher on this node, or end the pause. */
  set_watcher_pause: { params: [until: number | null]; result: null };
  /** Perform an operation on a storage unit. */
  storage_execute: {
    params: [su_name: string, su_args: unknown[], name: string, op: string];
    result: null;
  };
  /** List storage units. */
  storage_list: {
    params: [su_name: string, su_args: unknown[], name: string | null, fields: string[]];
    result: (string | number | boolean)[][];
  };
  /** Modify a storage unit. */
  storage_modify: {
    params: [
      su_name: string,
      su_args: unknown[],
      name: string,
      changes: {
        [k: string]: unknown;
      },
    ];
    result: null;
  };
  /** Wait before answering. */
  test_delay: { params: [duration: number]; result: null };
  /** Replace a file that is the same on all nodes of the cluster. */
  upload_file: {
    params: [
      file_name: [
        string,
        EncodedContent,
        number | null,
        string,
        string,
        number | null,
        number | null,
      ],
    ];
    result: null;
  };
  /** Replace a file that is the same on all nodes of the cluster. */
  upload_file_single: {
    params: [
      file_name: string,
      content: EncodedContent,
      mode: number | null,
      uid: string,
      gid: string,
      atime: number | null,
      mtime: number | null,
    ];
    result: null;
  };
  /** Report the version of the protocol. */
  version: { params: []; result: number };
  /** List volume groups. */
  vg_list: {
    params: [];
    result: {
      [k: string]: number;
    };
  };
  /** Write the ssconf files, which hold what a node must know about its cluster. */
  write_ssconf_files: {
    params: [
      values: {
        [k: string]: string | string[];
      },
    ];
    result: null;
  };
  /** Create a key and a certificate to move disks between nodes. */
  x509_cert_create: { params: [validity: number]; result: [string, string] };
  /** Remove a key and its certificate. */
  x509_cert_remove: { params: [name: string]; result: null };
}

/** The name of a call that is served. */
export type CallName = keyof Calls;
