/* Generated from rpc-schema by `npm run generate`; changes belong there. */

/**
 * An absolute path, or a virtual path of a virtual cluster.
 */
export type AbsolutePath = string;

/**
 * Hypervisor parameters, by the name of the hypervisor.
 */
export interface AllHvparams {
  [k: string]: Hvparams;
}

/**
 * Backend parameters: the resources of an instance.
 */
export interface Beparams {
  /**
   * Maximum memory of the instance, in MiB.
   */
  maxmem?: number;
  /**
   * Minimum memory of the instance, in MiB.
   */
  minmem?: number;
  /**
   * Number of processors of the instance.
   */
  vcpus?: number;
  /**
   * Weight of the instance's disk usage.
   */
  spindle_use?: number;
  /**
   * Whether the cluster's balancer may move the instance.
   */
  auto_balance?: boolean;
  /**
   * Whether the instance is failed over, never migrated.
   */
  always_failover?: boolean;
  [k: string]: unknown;
}

/**
 * The status of a block device.
 */
export interface BlockDeviceStatus {
  /**
   * Path of the device or file.
   */
  dev_path: string | null;
  /**
   * Major device number.
   */
  major?: number;
  /**
   * Minor device number.
   */
  minor?: number;
  /**
   * Progress of the synchronisation, in percent.
   */
  sync_percent?: number;
  /**
   * Estimated time until the synchronisation ends, in seconds.
   */
  estimated_time?: number;
  /**
   * Whether the mirror is degraded.
   */
  is_degraded: boolean;
  /**
   * Status of the local disk: 1 okay, 2 synchronising, 3 unknown, 4 faulty.
   */
  ldisk_status: number;
}

/**
 * The parameters of the chroot hypervisor.
 */
export interface ChrootHvparams {
  /**
   * Absolute, normalised path, inside the chroot, of the script that starts and stops the instance. The hypervisor checks that it is normalised.
   */
  init_script: string;
  [k: string]: unknown;
}

/**
 * How to reach the console of an instance.
 */
export interface Console {
  /**
   * Name of the instance.
   */
  instance: InstanceName;
  /**
   * Type of the console: `ssh` runs `command` on `host`, `msg` shows `message`.
   */
  kind: 'msg' | 'spice' | 'ssh' | 'vnc';
  /**
   * The message to show: why there is no console.
   */
  message?: string;
  /**
   * The host to connect to.
   */
  host?: string;
  /**
   * The port to connect to.
   */
  port?: number;
  /**
   * The user to log in as.
   */
  user?: string;
  /**
   * The command with its arguments.
   */
  command?: string[];
  /**
   * Number of the VNC display.
   */
  display?: number;
}

/**
 * The data needed to report how to reach the console of an instance.
 */
export interface ConsoleRequest {
  /**
   * The instance.
   */
  instance: InstanceConfig;
  /**
   * Primary node of the instance.
   */
  node: Node;
  /**
   * Node group of the primary node.
   */
  group: NodeGroup;
  /**
   * Hypervisor parameters, with all defaults filled in.
   */
  hvParams: Hvparams;
  /**
   * Backend parameters, with all defaults filled in.
   */
  beParams: Beparams;
  [k: string]: unknown;
}

/**
 * A disk (which has a `dev_type`) or a network interface.
 */
export type Device = Disk | Nic;

/**
 * A disk of an instance.
 */
export interface Disk {
  /**
   * Disk template, such as `file`.
   */
  dev_type: string;
  /**
   * Identifies the disk on its node.
   */
  logical_id: LogicalId;
  /**
   * Size in MiB.
   */
  size: number;
  /**
   * Access mode: whether the instance may write to the disk. A disk that is part of another has none.
   */
  mode?: 'ro' | 'rw';
  /**
   * Name of the disk within its instance, such as `disk/0`.
   */
  iv_name?: string;
  /**
   * Name given by a user.
   */
  name?: string | null;
  /**
   * The disks that this disk consists of.
   */
  children?: Disk[] | null;
  /**
   * UUIDs of the nodes that hold the disk.
   */
  nodes?: string[];
  /**
   * Parameters of the disk template.
   */
  params?: {
    [k: string]: unknown;
  };
  /**
   * Parameters that depend on the node that is called.
   */
  dynamic_params?: {
    [k: string]: unknown;
  };
  /**
   * Number of spindles that the disk uses.
   */
  spindles?: number | null;
  /**
   * Whether the disk is forthcoming: planned, but not created yet.
   */
  forthcoming?: boolean;
  /**
   * Time of creation, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * Time of the last modification, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Serial number; grows with each change.
   */
  serial_no?: number;
  /**
   * UUID of the disk; never changes.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * The content of a file: 0 and the text, or 1 and the text compressed by zlib, in base64.
 *
 * @minItems 2
 */
export type EncodedContent = [number, string];

/**
 * The parameters of the fake hypervisor.
 */
export interface FakeHvparams {
  /**
   * How the master migrates instances by default.
   */
  migration_mode: 'live' | 'non-live';
  [k: string]: unknown;
}

/**
 * A hypervisor to ask, and its parameters.
 *
 * @minItems 2
 */
export type HvSpec = [string, Hvparams];

/**
 * Parameters of a hypervisor, by name. Only the hypervisor knows which values are valid.
 */
export interface Hvparams {
  [k: string]: unknown;
}

/**
 * Where a transfer reads or writes data on a node: the type, and an array with the arguments of the type.
 */
export type ImportExportEnd =
  ['file', [StoragePath]] | ['raw', [Disk]] | ['script', [Disk, number]];

/**
 * Name of a transfer: the result of `import_start` or `export_start`.
 */
export type ImportExportName = string;

/**
 * Options of a transfer between nodes.
 */
export interface ImportExportOptions {
  /**
   * Name of the key and certificate, as returned by `x509_cert_create`. Without a name, the cluster's certificate is used.
   */
  key_name?: string | null;
  /**
   * The certificate that has signed the other side's certificate, in PEM format. Required with `key_name`.
   */
  ca_pem?: string | null;
  /**
   * Program that compresses the data, or `none`.
   */
  compress?: string | null;
  /**
   * What the sender must send first, so that no data reaches the wrong disk.
   */
  magic?: string | null;
  /**
   * Whether to use IPv6 instead of IPv4.
   */
  ipv6?: boolean | null;
  /**
   * How long a receiver waits for the sender, in seconds.
   */
  connect_timeout?: number | null;
  [k: string]: unknown;
}

/**
 * The progress of a transfer, as reported by the import/export daemon.
 */
export interface ImportExportStatus {
  /**
   * Time of the start, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * Time of this report, in seconds since the epoch.
   */
  mtime?: number | null;
  /**
   * The last lines of output of the programs involved.
   */
  recent_output?: string[];
  /**
   * Port on which a receiver listens.
   */
  listen_port?: number | null;
  /**
   * Whether the other side is connected.
   */
  connected?: boolean | null;
  /**
   * Data transferred so far, in MiB.
   */
  progress_mbytes?: number | null;
  /**
   * Throughput in MiB per second.
   */
  progress_throughput?: number | null;
  /**
   * Progress in percent.
   */
  progress_percent?: number | null;
  /**
   * Estimated time left, in seconds.
   */
  progress_eta?: number | null;
  /**
   * Exit status; 0 for success, null while the transfer runs.
   */
  exit_status?: number | null;
  /**
   * Why the transfer failed.
   */
  error_message?: string | null;
  [k: string]: unknown;
}

/**
 * An instance as the master sends it with a call: all parameters filled in from the cluster and the node group, and the disks included.
 */
export interface Instance {
  /**
   * Name of the instance.
   */
  name: InstanceName;
  /**
   * Name of the OS, with its variant after a plus sign.
   */
  os: string;
  /**
   * Name of the hypervisor: `chroot` or `fake`.
   */
  hypervisor: string;
  /**
   * Hypervisor parameters: ChrootHvparams for `chroot`, FakeHvparams for `fake`.
   */
  hvparams: Hvparams;
  /**
   * Backend parameters.
   */
  beparams: Beparams;
  /**
   * The network interfaces, in order.
   */
  nics: Nic[];
  /**
   * The disks, in order.
   */
  disks_info: Disk[];
  /**
   * UUIDs of the disks, in order.
   */
  disks?: string[];
  /**
   * Parameters of the OS definition.
   */
  osparams?: {
    [k: string]: string;
  };
  /**
   * Private parameters of the OS definition, which are kept out of logs.
   */
  osparams_private?: {
    [k: string]: string;
  };
  /**
   * State that the administrator wants: `up`, `down` or `offline`.
   */
  admin_state?: string;
  /**
   * Who set the state: `admin` or `user`.
   */
  admin_state_source?: string;
  /**
   * UUID of the primary node, on which the instance runs.
   */
  primary_node?: string;
  /**
   * UUIDs of the secondary nodes, which hold copies of the disks.
   */
  secondary_nodes?: string[];
  /**
   * Whether the disks should be active (assembled).
   */
  disks_active?: boolean;
  /**
   * The disk template.
   */
  disk_template?: string;
  /**
   * Port for the instance's console, allocated by the master.
   */
  network_port?: number | null;
  /**
   * Whether the instance is forthcoming: planned, but not created yet.
   */
  forthcoming?: boolean;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * Time of creation, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * Time of the last modification, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Serial number; grows with each change.
   */
  serial_no?: number;
  /**
   * UUID of the instance; never changes.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * An instance as the cluster configuration holds it: only the parameters that were set for it, and disks by UUID only.
 */
export interface InstanceConfig {
  /**
   * Name of the instance.
   */
  name: InstanceName;
  /**
   * Name of the OS, with its variant after a plus sign.
   */
  os?: string;
  /**
   * Name of the hypervisor.
   */
  hypervisor: string;
  /**
   * Hypervisor parameters that were set for the instance.
   */
  hvparams?: Hvparams;
  /**
   * Backend parameters that were set for the instance.
   */
  beparams?: Beparams;
  /**
   * The network interfaces, in order.
   */
  nics?: Nic[];
  /**
   * UUIDs of the disks, in order.
   */
  disks?: string[];
  /**
   * Parameters of the OS definition.
   */
  osparams?: {
    [k: string]: string;
  };
  /**
   * Private parameters of the OS definition, which are kept out of logs.
   */
  osparams_private?: {
    [k: string]: string;
  };
  /**
   * State that the administrator wants: `up`, `down` or `offline`.
   */
  admin_state?: string;
  /**
   * Who set the state: `admin` or `user`.
   */
  admin_state_source?: string;
  /**
   * UUID of the primary node, on which the instance runs.
   */
  primary_node?: string;
  /**
   * UUIDs of the secondary nodes, which hold copies of the disks.
   */
  secondary_nodes?: string[];
  /**
   * Whether the disks should be active (assembled).
   */
  disks_active?: boolean;
  /**
   * The disk template.
   */
  disk_template?: string;
  /**
   * Port for the instance's console, allocated by the master.
   */
  network_port?: number | null;
  /**
   * Whether the instance is forthcoming: planned, but not created yet.
   */
  forthcoming?: boolean;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * Time of creation, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * Time of the last modification, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Serial number; grows with each change.
   */
  serial_no?: number;
  /**
   * UUID of the instance; never changes.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * The name of an instance: letters, digits, dots, underscores and hyphens, but not "." or "..". The limit of 240 characters leaves room for names derived from it.
 */
export type InstanceName = string;

/**
 * Identifies a disk on its node. The items depend on the disk template: for file disks, driver and path.
 */
export type LogicalId = unknown[];

/**
 * The name of a volume group or a logical volume (Ganeti: bdev.LogicalVolume._ValidateName).
 */
export type LvmName = string;

/**
 * Network parameters of the master IP address.
 */
export interface MasterNetwork {
  /**
   * UUID of the master node.
   */
  uuid?: string;
  /**
   * The IP address.
   */
  ip: string;
  /**
   * Prefix length, in bits.
   */
  netmask: number;
  /**
   * The network interface.
   */
  netdev: string;
  /**
   * Address family: 2 for IPv4, 10 for IPv6.
   */
  ip_family: 2 | 10;
  [k: string]: unknown;
}

/**
 * The progress of a migration.
 */
export interface MigrationStatus {
  /**
   * Status of the migration.
   */
  status: 'active' | 'cancelled' | 'completed' | 'failed';
  /**
   * Memory transferred so far, in bytes.
   */
  transferred_ram?: number;
  /**
   * Memory to transfer in total, in bytes.
   */
  total_ram?: number;
  /**
   * Status of the post-copy phase.
   */
  postcopy_status?: string;
}

/**
 * Node parameters. Those of a node override those of its node group.
 */
export interface Ndparams {
  /**
   * Port on which the node's SSH server listens.
   */
  ssh_port?: number;
  [k: string]: unknown;
}

/**
 * The name of a network interface, bridge or switch.
 */
export type NetworkInterface = string;

/**
 * A network interface of an instance.
 */
export interface Nic {
  /**
   * MAC address.
   */
  mac: string;
  /**
   * IP address.
   */
  ip?: string | null;
  /**
   * Name given by a user.
   */
  name?: string | null;
  /**
   * UUID of the network.
   */
  network?: string | null;
  /**
   * NIC parameters: how the interface is connected.
   */
  nicparams?: {
    /**
     * Mode, such as `bridged` or `routed`.
     */
    mode?: string;
    /**
     * Name of the bridge, or of the routing table.
     */
    link?: string | null;
    /**
     * VLAN on an Open vSwitch switch.
     */
    vlan?: string | null;
    [k: string]: unknown;
  };
  /**
   * The network, as in the cluster configuration.
   */
  netinfo?: {
    [k: string]: unknown;
  } | null;
  /**
   * UUID of the interface; never changes.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * A node as the cluster configuration holds it.
 */
export interface Node {
  /**
   * Host name of the node.
   */
  name: string;
  /**
   * Node parameters that were set for the node.
   */
  ndparams?: Ndparams;
  /**
   * UUID of the node group.
   */
  group?: string;
  /**
   * Primary IP address.
   */
  primary_ip?: string;
  /**
   * Secondary IP address, for traffic between nodes.
   */
  secondary_ip?: string;
  /**
   * Whether the node is a master candidate.
   */
  master_candidate?: boolean;
  /**
   * Whether the node is offline.
   */
  offline?: boolean;
  /**
   * Whether the node is drained: not used for new instances.
   */
  drained?: boolean;
  /**
   * Whether the node can become a master candidate.
   */
  master_capable?: boolean;
  /**
   * Whether the node can have instances.
   */
  vm_capable?: boolean;
  /**
   * Whether the node is powered on, as far as the cluster knows.
   */
  powered?: boolean;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * Time of creation, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * Time of the last modification, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Serial number; grows with each change.
   */
  serial_no?: number;
  /**
   * UUID of the node; never changes.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * A node group as the cluster configuration holds it.
 */
export interface NodeGroup {
  /**
   * Name of the node group.
   */
  name: string;
  /**
   * Node parameters that were set for the group.
   */
  ndparams?: Ndparams;
  /**
   * Policy for the allocation of instances.
   */
  alloc_policy?: string;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * Time of creation, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * Time of the last modification, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Serial number; grows with each change.
   */
  serial_no?: number;
  /**
   * UUID of the node group; never changes.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * Memory and processors of the node.
 */
export interface NodeHypervisorInfo {
  /**
   * Total memory, in MiB.
   */
  memory_total: number;
  /**
   * Memory that the node itself uses, in MiB.
   */
  memory_dom0: number;
  /**
   * Memory that is free or can be freed at once, in MiB.
   */
  memory_free: number;
  /**
   * Number of processors.
   */
  cpu_total: number;
  /**
   * Number of processors available to the node itself.
   */
  cpu_dom0: number;
  /**
   * Number of NUMA nodes.
   */
  cpu_nodes: number;
  /**
   * Number of processor sockets.
   */
  cpu_sockets: number;
}

/**
 * Names of nodes.
 */
export type NodeNames = string[];

/**
 * A logical volume, and one device that holds part of it.
 */
export interface NodeVolume {
  /**
   * Name of the volume.
   */
  name: string;
  /**
   * Size of the volume in MiB.
   */
  size: string;
  /**
   * Path of the device.
   */
  dev: string;
  /**
   * Name of the volume group.
   */
  vg: string;
}

/**
 * A physical volume of LVM.
 */
export interface PhysicalVolume {
  /**
   * Path of the device.
   */
  name: string;
  /**
   * Name of the volume group.
   */
  vg_name: string;
  /**
   * Size in MiB.
   */
  size: number;
  /**
   * Free space in MiB.
   */
  free: number;
  /**
   * Attributes as shown by pvs(8).
   */
  attributes: string;
  /**
   * Always empty: `exclusive-pvs` reports the logical volumes.
   */
  lv_list: string[];
}

/**
 * Why an operation was requested. Each program that passed the request on has added an entry: source, reason, and time in nanoseconds since the epoch.
 */
export type ReasonTrail = [string, string, number][];

/**
 * The resource usage of an instance, as accounted by the node. A value is null if no controller accounts for it.
 */
export interface ResourceUsage {
  /**
   * Memory used, in bytes.
   */
  memory: number | null;
  /**
   * Number of processes in the instance.
   */
  processes: number;
  /**
   * CPU time used, in seconds.
   */
  cpu_time: number | null;
  /**
   * Path of the instance's control group. Null for an instance of the fake hypervisor, which has no control group.
   */
  cgroup: string | null;
  /**
   * Number of the instance's processes that the kernel has killed since the instance was started because its memory limit left no room.
   */
  memory_kills: number | null;
}

/**
 * A running instance. The chroot hypervisor reports memory and CPU time only if `chroot.reportUsage` is set, otherwise 0; it never reports processors. The fake hypervisor reports the configured memory and processors, and 0 for the CPU time.
 */
export interface RunningInstance {
  /**
   * Memory in MiB.
   */
  memory: number;
  /**
   * Number of processors.
   */
  vcpus: number;
  /**
   * 0 for a running instance, 1 for an instance that its user has shut down.
   */
  state: number;
  /**
   * CPU time used, in seconds.
   */
  time: number;
}

/**
 * The type of an SSH key.
 */
export type SshKeyType = 'dsa' | 'ecdsa' | 'rsa';

/**
 * A node as the SSH check needs it: UUID, name, and whether it is a master candidate, a potential master candidate, and online.
 *
 * @minItems 5
 */
export type SshNodeStatus = [string, string, boolean, boolean, boolean];

/**
 * The space of a storage unit.
 */
export interface StorageInfo {
  /**
   * Storage type.
   */
  type: string;
  /**
   * Name of the storage unit.
   */
  name: string;
  /**
   * Size in MiB; for physical volumes (`lvm-pv`), their number. Null if the storage unit does not exist, or can't be measured; the log says why.
   */
  storage_size: number | null;
  /**
   * Free space in MiB; for physical volumes (`lvm-pv`), the number of free ones. Null if the storage unit does not exist, or can't be measured; the log says why.
   */
  storage_free: number | null;
}

/**
 * A path on the node. The node's own list of allowed directories, not this schema, decides whether the path is allowed.
 */
export type StoragePath = string;

/**
 * A storage unit to measure: its type, its key (for file storage the directory) and the parameters of its type.
 *
 * @minItems 3
 */
export type StorageUnit = [string, string, unknown[]];

/**
 * The checks to perform: one property for each check, with the data that it needs. Checks unknown to this daemon are ignored.
 */
export interface VerifyRequest {
  /**
   * Files to compute checksums of.
   */
  filelist?: AbsolutePath[];
  /**
   * Nodes to reach by SSH: those for all nodes, more by the name of the node that should reach them, and the master candidates. Only master candidates try.
   *
   * @minItems 3
   */
  nodelist?: [
    NodeNames,
    {
      [k: string]: NodeNames;
    },
    NodeNames,
  ];
  /**
   * Nodes whose daemons to reach: name, primary and secondary IP address of each, and the master candidates. Only master candidates try.
   *
   * @minItems 2
   */
  'node-net-test'?: [[string, string, string][], NodeNames];
  /**
   * Name of the master node, the IP address to reach, and the master candidates. Only master candidates try.
   *
   * @minItems 3
   */
  'master-ip'?: [string, string, NodeNames];
  /**
   * Hypervisors to verify.
   */
  hypervisor?: string[];
  /**
   * Parameters to validate: source, hypervisor and parameters.
   */
  hvparms?: [string, string, Hvparams][];
  /**
   * Hypervisors whose running instances to list.
   */
  instancelist?: string[];
  /**
   * Hypervisor to ask about the node.
   */
  hvinfo?: string;
  /**
   * Request for the protocol version and the Ganeti version.
   */
  version?: boolean | null;
  /**
   * Request for the time of the node's clock.
   */
  time?: boolean | null;
  /**
   * Request to check that /proc and /sys are mounted.
   */
  nodesetup?: boolean | null;
  /**
   * Request for the OS definitions.
   */
  oslist?: boolean | null;
  /**
   * Request for the logical volumes of all volume groups; the name given is ignored.
   */
  lvlist?: string | null;
  /**
   * Request for the volume groups.
   */
  vglist?: boolean | null;
  /**
   * Volume groups whose physical volumes to list; empty for all.
   */
  pvlist?: string[];
  /**
   * With `pvlist`: request for the physical volumes that hold more than one logical volume.
   */
  'exclusive-pvs'?: boolean | null;
  /**
   * Request for the version of DRBD.
   */
  'drbd-version'?: boolean | null;
  /**
   * Request for the DRBD minors in use.
   */
  'drbd-list'?: boolean | null;
  /**
   * Request for the DRBD usermode helper.
   */
  'drbd-helper'?: string | null;
  /**
   * Scripts that must be executable.
   */
  'user-scripts'?: AbsolutePath[];
  /**
   * Out-of-band programs to check.
   */
  'oob-paths'?: AbsolutePath[];
  /**
   * Bridges that must exist.
   */
  bridges?: string[];
  /**
   * Request to check the node's client certificate.
   */
  'client-cert'?: boolean | null;
  /**
   * All nodes, and the type of their SSH keys.
   *
   * @minItems 2
   */
  'ssh-setup'?: [SshNodeStatus[] | null, 'dsa' | 'ecdsa' | 'rsa'];
  /**
   * With `ssh-setup`: request for hosts that have more than one key in `authorized_keys`.
   */
  'ssh-clutter'?: boolean | null;
  /**
   * Nodes that cannot have instances. They skip the checks for instances.
   */
  nonvmnodes?: NodeNames;
  /**
   * Name of the node that should check its list of allowed file storage directories.
   */
  'allowed-file-storage-paths'?: string | null;
  /**
   * The file storage directory.
   */
  'file-storage-path'?: string | null;
  /**
   * The shared file storage directory.
   */
  'shared-file-storage-path'?: string | null;
  [k: string]: unknown;
}

/**
 * The findings, by the name of the check.
 */
export interface VerifyResult {
  /**
   * SHA-1 checksums of the files that exist, by path.
   */
  filelist?: {
    [k: string]: string;
  };
  /**
   * Nodes that cannot be reached by SSH, with the problem.
   */
  nodelist?: {
    [k: string]: string;
  };
  /**
   * Nodes that cannot be reached, with the problem.
   */
  'node-net-test'?: {
    [k: string]: string;
  };
  /**
   * Whether the address can be reached; null if this node does not try.
   */
  'master-ip'?: boolean | null;
  /**
   * Problem of each hypervisor, or null.
   */
  hypervisor?: {
    [k: string]: string | null;
  };
  /**
   * Invalid parameters: source, hypervisor and problem.
   */
  hvparms?: [string, string, string][];
  /**
   * Names of the running instances, or why they cannot be listed.
   */
  instancelist?: string[] | string;
  /**
   * Memory and processors of the node.
   */
  hvinfo?: NodeHypervisorInfo;
  /**
   * Protocol version and Ganeti version.
   *
   * @minItems 2
   */
  version?: [number, string];
  /**
   * Time in seconds since the epoch, and the microseconds within the second.
   *
   * @minItems 2
   */
  time?: [number, number];
  /**
   * The problems.
   */
  nodesetup?: string[];
  /**
   * The result of `os_diagnose`.
   */
  oslist?: unknown[];
  /**
   * By group and name: size in MiB, whether inactive, whether open; or why the volumes cannot be listed.
   */
  lvlist?:
    | {
        /**
         * @minItems 3
         */
        [k: string]: [string, boolean, boolean];
      }
    | string;
  /**
   * Size of each volume group in MiB.
   */
  vglist?: {
    [k: string]: number;
  };
  /**
   * The physical volumes.
   */
  pvlist?: PhysicalVolume[];
  /**
   * Each physical volume that is shared, with the logical volumes on it.
   */
  'exclusive-pvs'?: [string, string[]][];
  /**
   * The version, or why it is unknown.
   */
  'drbd-version'?: string;
  /**
   * DRBD minors in use, or why they are unknown.
   */
  'drbd-list'?: number[] | string;
  /**
   * Whether the helper is known, and its path or the reason.
   *
   * @minItems 2
   */
  'drbd-helper'?: [boolean, string];
  /**
   * Scripts that are not executable.
   */
  'user-scripts'?: string[];
  /**
   * Problem of each program, in order, or null.
   */
  'oob-paths'?: (string | null)[];
  /**
   * Bridges that do not exist.
   */
  bridges?: string[];
  /**
   * `ERROR` or `WARNING` with the problem, or null with the SHA-1 digest.
   *
   * @minItems 2
   */
  'client-cert'?: [string | null, string | null];
  /**
   * The problems.
   */
  'ssh-setup'?: string[];
  /**
   * The problems.
   */
  'ssh-clutter'?: string[];
  /**
   * Directories that should not be on the list.
   */
  'allowed-file-storage-paths'?: string[];
  /**
   * The problem.
   */
  'file-storage-path'?: string;
  /**
   * The problem.
   */
  'shared-file-storage-path'?: string;
}
