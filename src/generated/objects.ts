/* Generated from rpc-schema by `npm run generate`; changes belong there. */

/**
 * A path from the root, or a virtual path of a virtual cluster.
 */
export type AbsolutePath = string;

/**
 * Parameters of hypervisors, by the hypervisor's name.
 */
export interface AllHvparams {
  [k: string]: Hvparams;
}

/**
 * Resources of an instance.
 */
export interface Beparams {
  /**
   * The most memory the instance may use, in MiB.
   */
  maxmem?: number;
  /**
   * The least memory the instance can live with, in MiB.
   */
  minmem?: number;
  /**
   * How many processors the instance may use.
   */
  vcpus?: number;
  /**
   * Weight of the instance's use of disks.
   */
  spindle_use?: number;
  /**
   * Whether the cluster's balancer may move the instance.
   */
  auto_balance?: boolean;
  /**
   * Whether the instance is never migrated.
   */
  always_failover?: boolean;
  [k: string]: unknown;
}

/**
 * The state of a block device.
 */
export interface BlockDeviceStatus {
  /**
   * Where the device or file is.
   */
  dev_path: string | null;
  major?: number;
  minor?: number;
  /**
   * How far a running synchronisation is.
   */
  sync_percent?: number;
  /**
   * How long it will take, in seconds.
   */
  estimated_time?: number;
  /**
   * Whether a mirror lacks a half.
   */
  is_degraded: boolean;
  /**
   * State of the local disk: 1 fine, 2 synchronising, 3 unknown, 4 faulty.
   */
  ldisk_status: number;
}

/**
 * The parameters of the chroot hypervisor.
 */
export interface ChrootHvparams {
  /**
   * Path, inside the chroot, of the script that starts and stops the instance: absolute, and normalised (which the hypervisor checks).
   */
  init_script: string;
  [k: string]: unknown;
}

/**
 * How the console of an instance is reached.
 */
export interface Console {
  /**
   * Name of the instance.
   */
  instance: InstanceName;
  /**
   * How: `ssh` runs `command` on `host`, `msg` only shows `message`.
   */
  kind: 'msg' | 'spice' | 'ssh' | 'vnc';
  /**
   * Why there is no console.
   */
  message?: string;
  host?: string;
  port?: number;
  user?: string;
  /**
   * The command and its arguments.
   */
  command?: string[];
  display?: number;
}

/**
 * What is needed to tell how the console of one instance is reached.
 */
export interface ConsoleRequest {
  /**
   * The instance.
   */
  instance: InstanceConfig;
  /**
   * Its primary node.
   */
  node: Node;
  /**
   * The group of that node.
   */
  group: NodeGroup;
  /**
   * Parameters of the hypervisor, filled in.
   */
  hvParams: Hvparams;
  /**
   * Resources, filled in.
   */
  beParams: Beparams;
  [k: string]: unknown;
}

/**
 * A disk of an instance.
 */
export interface Disk {
  /**
   * The disk template, such as `file`.
   */
  dev_type: string;
  /**
   * What identifies the disk on its node.
   */
  logical_id: LogicalId;
  /**
   * Size in MiB.
   */
  size: number;
  /**
   * Whether the instance may write to the disk; a disk that is part of another has none.
   */
  mode?: 'ro' | 'rw';
  /**
   * Name of the disk within its instance, such as `disk/0`.
   */
  iv_name?: string;
  /**
   * Name given by the user.
   */
  name?: string | null;
  /**
   * The disks that this one is made of.
   */
  children?: Disk[] | null;
  /**
   * The UUIDs of the nodes which hold the disk.
   */
  nodes?: string[];
  /**
   * Parameters of the template.
   */
  params?: {
    [k: string]: unknown;
  };
  /**
   * Parameters that depend on the node which is asked.
   */
  dynamic_params?: {
    [k: string]: unknown;
  };
  /**
   * How many spindles the disk uses.
   */
  spindles?: number | null;
  /**
   * Whether the disk is only planned.
   */
  forthcoming?: boolean;
  /**
   * When it was made, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * When it was last changed, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Counts the changes.
   */
  serial_no?: number;
  /**
   * What identifies it for good.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * The content of a file: 0 and the text itself, or 1 and the base64 of what zlib made of it.
 *
 * @minItems 2
 */
export type EncodedContent = [number, string];

/**
 * The parameters of the fake hypervisor.
 */
export interface FakeHvparams {
  /**
   * How the master migrates instances, unless it is told otherwise.
   */
  migration_mode: 'live' | 'non-live';
  [k: string]: unknown;
}

/**
 * A disk (which has a `dev_type`) or a network interface.
 */
export type HotplugDevice = Disk | Nic;

/**
 * A hypervisor to be asked, and its parameters.
 *
 * @minItems 2
 */
export type HvSpec = [string, Hvparams];

/**
 * Parameters of a hypervisor by name. What they have to be is known by the hypervisor alone.
 */
export interface Hvparams {
  [k: string]: unknown;
}

/**
 * Where data comes from or goes to on a node: what kind of thing it is, and an array of what belongs to that.
 */
export type ImportExportEnd =
  ['file', [StoragePath]] | ['raw', [Disk]] | ['script', [Disk, number]];

/**
 * What the start of a transfer has answered.
 */
export type ImportExportName = string;

/**
 * How data is sent from node to node.
 */
export interface ImportExportOptions {
  /**
   * Name of the key and certificate to use, made by `x509_cert_create`; the cluster's own if there is none.
   */
  key_name?: string | null;
  /**
   * The certificate with which that of the other side is signed, in PEM. Goes with `key_name`.
   */
  ca_pem?: string | null;
  /**
   * The program that compresses the data, or `none`.
   */
  compress?: string | null;
  /**
   * What the sender has to begin with, so that data cannot go to the wrong disk.
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
 * How far a transfer is, as the helper that does it says.
 */
export interface ImportExportStatus {
  /**
   * When it was started, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * When this was written.
   */
  mtime?: number | null;
  /**
   * The last lines that its programs wrote.
   */
  recent_output?: string[];
  /**
   * The port on which a receiver listens.
   */
  listen_port?: number | null;
  /**
   * Whether the other side is there.
   */
  connected?: boolean | null;
  /**
   * How many MiB were transferred.
   */
  progress_mbytes?: number | null;
  /**
   * MiB a second.
   */
  progress_throughput?: number | null;
  /**
   * How much of it is done.
   */
  progress_percent?: number | null;
  /**
   * Seconds that are expected to be left.
   */
  progress_eta?: number | null;
  /**
   * How it ended; 0 if all went well.
   */
  exit_status?: number | null;
  /**
   * Why it failed.
   */
  error_message?: string | null;
  [k: string]: unknown;
}

/**
 * An instance as the master sends it to be acted upon: all parameters filled in from cluster and node group, disks included.
 */
export interface Instance {
  /**
   * Name of the instance.
   */
  name: InstanceName;
  /**
   * The OS and, after a plus sign, its variant.
   */
  os: string;
  /**
   * Name of the hypervisor: `chroot` or `fake`.
   */
  hypervisor: string;
  /**
   * Parameters of the hypervisor: ChrootHvparams if it is `chroot`, FakeHvparams if it is `fake`.
   */
  hvparams: Hvparams;
  /**
   * Resources.
   */
  beparams: Beparams;
  /**
   * The network interfaces in order.
   */
  nics: Nic[];
  /**
   * The disks in order.
   */
  disks_info: Disk[];
  /**
   * The UUIDs of the disks in order.
   */
  disks?: string[];
  /**
   * Parameters of the OS definition.
   */
  osparams?: {
    [k: string]: string;
  };
  /**
   * Parameters of the OS definition which are kept out of logs.
   */
  osparams_private?: {
    [k: string]: string;
  };
  /**
   * What the administrator wants: `up`, `down` or `offline`.
   */
  admin_state?: string;
  /**
   * Who set the state: `admin` or `user`.
   */
  admin_state_source?: string;
  /**
   * UUID of the node on which the instance runs.
   */
  primary_node?: string;
  /**
   * UUIDs of the nodes which hold copies of the disks.
   */
  secondary_nodes?: string[];
  /**
   * Whether the disks are to be assembled.
   */
  disks_active?: boolean;
  disk_template?: string;
  network_port?: number | null;
  /**
   * Whether the instance is only planned.
   */
  forthcoming?: boolean;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * When it was made, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * When it was last changed, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Counts the changes.
   */
  serial_no?: number;
  /**
   * What identifies it for good.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * An instance as the cluster's configuration holds it: parameters that were never set are left out, and disks are named by UUID only.
 */
export interface InstanceConfig {
  /**
   * Name of the instance.
   */
  name: InstanceName;
  /**
   * The OS and, after a plus sign, its variant.
   */
  os?: string;
  /**
   * Name of the hypervisor.
   */
  hypervisor: string;
  /**
   * Parameters of the hypervisor, as far as they were set.
   */
  hvparams?: Hvparams;
  /**
   * Resources, as far as they were set.
   */
  beparams?: Beparams;
  /**
   * The network interfaces in order.
   */
  nics?: Nic[];
  /**
   * The UUIDs of the disks in order.
   */
  disks?: string[];
  /**
   * Parameters of the OS definition.
   */
  osparams?: {
    [k: string]: string;
  };
  /**
   * Parameters of the OS definition which are kept out of logs.
   */
  osparams_private?: {
    [k: string]: string;
  };
  /**
   * What the administrator wants: `up`, `down` or `offline`.
   */
  admin_state?: string;
  /**
   * Who set the state: `admin` or `user`.
   */
  admin_state_source?: string;
  /**
   * UUID of the node on which the instance runs.
   */
  primary_node?: string;
  /**
   * UUIDs of the nodes which hold copies of the disks.
   */
  secondary_nodes?: string[];
  /**
   * Whether the disks are to be assembled.
   */
  disks_active?: boolean;
  disk_template?: string;
  network_port?: number | null;
  /**
   * Whether the instance is only planned.
   */
  forthcoming?: boolean;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * When it was made, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * When it was last changed, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Counts the changes.
   */
  serial_no?: number;
  /**
   * What identifies it for good.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * A running instance. The chroot hypervisor measures none of it and says 0; the fake hypervisor says what the instance was given, and 0 for the time.
 */
export interface InstanceInfo {
  /**
   * Memory in MiB.
   */
  memory: number;
  /**
   * Processors.
   */
  vcpus: number;
  /**
   * 0 for a running instance, 1 for one that its user shut down.
   */
  state: number;
  /**
   * Processor time used, in seconds.
   */
  time: number;
}

/**
 * The name of an instance: letters, digits, dots, underscores and hyphens, and neither "." nor "..". 240 characters leave room for the names that are derived from it.
 */
export type InstanceName = string;

/**
 * What an instance uses, by the node's own account. A value is null where no controller accounts it.
 */
export interface InstanceUsage {
  /**
   * Memory in bytes.
   */
  memory: number | null;
  /**
   * How many processes live in the instance.
   */
  processes: number;
  /**
   * Processor time used, in seconds.
   */
  cpu_time: number | null;
  /**
   * Path of the instance's control group; null for an instance of the fake hypervisor, which has none.
   */
  cgroup: string | null;
}

/**
 * What identifies a disk on its node; the items depend on the template. For file disks: the driver and the path.
 */
export type LogicalId = unknown[];

/**
 * The name of a volume group or a logical volume (Ganeti: bdev.LogicalVolume._ValidateName).
 */
export type LvmName = string;

/**
 * The network parameters of the cluster's address.
 */
export interface MasterNetwork {
  /**
   * UUID of the master node.
   */
  uuid?: string;
  /**
   * The address.
   */
  ip: string;
  /**
   * Length of the prefix.
   */
  netmask: number;
  /**
   * The network interface.
   */
  netdev: string;
  /**
   * 2 for IPv4, 10 for IPv6.
   */
  ip_family: 2 | 10;
  [k: string]: unknown;
}

/**
 * How far a migration is.
 */
export interface MigrationStatus {
  status: 'active' | 'cancelled' | 'completed' | 'failed';
  /**
   * Bytes.
   */
  transferred_ram?: number;
  /**
   * Bytes.
   */
  total_ram?: number;
  postcopy_status?: string;
}

/**
 * Parameters of a node; those of a node win over those of its group.
 */
export interface Ndparams {
  /**
   * Where the node's SSH server listens.
   */
  ssh_port?: number;
  [k: string]: unknown;
}

/**
 * The name of a network interface, of a bridge or of a switch.
 */
export type NetworkInterface = string;

/**
 * A network interface of an instance.
 */
export interface Nic {
  /**
   * Hardware address.
   */
  mac: string;
  /**
   * IP address.
   */
  ip?: string | null;
  /**
   * Name given by the user.
   */
  name?: string | null;
  /**
   * UUID of the network.
   */
  network?: string | null;
  /**
   * How the interface is connected.
   */
  nicparams?: {
    /**
     * Such as `bridged` or `routed`.
     */
    mode?: string;
    /**
     * Bridge, or routing table.
     */
    link?: string | null;
    /**
     * VLAN on an Open vSwitch.
     */
    vlan?: string | null;
    [k: string]: unknown;
  };
  /**
   * The network itself, as the master knows it.
   */
  netinfo?: {
    [k: string]: unknown;
  } | null;
  uuid?: string;
  [k: string]: unknown;
}

/**
 * A node as the cluster's configuration holds it.
 */
export interface Node {
  /**
   * Host name.
   */
  name: string;
  /**
   * Parameters that were set for this node.
   */
  ndparams?: Ndparams;
  /**
   * UUID of the node group.
   */
  group?: string;
  primary_ip?: string;
  secondary_ip?: string;
  master_candidate?: boolean;
  offline?: boolean;
  drained?: boolean;
  master_capable?: boolean;
  vm_capable?: boolean;
  powered?: boolean;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * When it was made, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * When it was last changed, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Counts the changes.
   */
  serial_no?: number;
  /**
   * What identifies it for good.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * A node group as the cluster's configuration holds it.
 */
export interface NodeGroup {
  name: string;
  /**
   * Parameters that were set for the group.
   */
  ndparams?: Ndparams;
  alloc_policy?: string;
  /**
   * Tags set by users.
   */
  tags?: string[];
  /**
   * When it was made, in seconds since the epoch.
   */
  ctime?: number;
  /**
   * When it was last changed, in seconds since the epoch.
   */
  mtime?: number;
  /**
   * Counts the changes.
   */
  serial_no?: number;
  /**
   * What identifies it for good.
   */
  uuid?: string;
  [k: string]: unknown;
}

/**
 * Memory and processors of the node, memory in MiB.
 */
export interface NodeHypervisorInfo {
  memory_total: number;
  /**
   * Used by the node itself.
   */
  memory_dom0: number;
  /**
   * Free, or free as soon as it is asked for.
   */
  memory_free: number;
  cpu_total: number;
  /**
   * Available to the node itself.
   */
  cpu_dom0: number;
  /**
   * NUMA nodes.
   */
  cpu_nodes: number;
  cpu_sockets: number;
}

/**
 * Names of nodes.
 */
export type NodeNames = string[];

/**
 * A logical volume, and one device on which it lies.
 */
export interface NodeVolume {
  /**
   * Name of the volume.
   */
  name: string;
  /**
   * Its size in MiB.
   */
  size: string;
  /**
   * The device.
   */
  dev: string;
  /**
   * Name of its volume group.
   */
  vg: string;
}

/**
 * A device that LVM takes space from; sizes in MiB.
 */
export interface PhysicalVolume {
  name: string;
  /**
   * The volume group that it belongs to.
   */
  vg_name: string;
  size: number;
  free: number;
  /**
   * As pvs(8) shows them.
   */
  attributes: string;
  /**
   * Always empty: `exclusive-pvs` tells of the logical volumes.
   */
  lv_list: string[];
}

/**
 * Why a thing was done, one entry for each program it went through: source, reason, and the time in nanoseconds since the epoch.
 */
export type ReasonTrail = [string, string, number][];

/**
 * The type of an SSH key.
 */
export type SshKeyType = 'dsa' | 'ecdsa' | 'rsa';

/**
 * A node as the check of the SSH keys sees it: UUID, name, and whether it is a master candidate, whether it may become one, whether it is online.
 *
 * @minItems 5
 */
export type SshNodeStatus = [string, string, boolean, boolean, boolean];

/**
 * How much a storage unit holds, in MiB; of physical volumes, how many there are.
 */
export interface StorageInfo {
  type: string;
  name: string;
  /**
   * Null when there is no such unit.
   */
  storage_size: number | null;
  /**
   * Null when there is no such unit.
   */
  storage_free: number | null;
}

/**
 * A path on the node. Whether it is allowed is asked of the node's own list of folders, not of this schema.
 */
export type StoragePath = string;

/**
 * A storage unit to be measured: its type, its key (for file storage the folder), and parameters of the type.
 *
 * @minItems 3
 */
export type StorageUnit = [string, string, unknown[]];

/**
 * What is to be checked: a property for each check, with what the check needs to know. Checks that this daemon does not know are left out.
 */
export interface VerifyRequest {
  /**
   * Files whose checksums are wanted.
   */
  filelist?: AbsolutePath[];
  /**
   * Nodes to be reached by SSH: those which all reach, more of them by the name of the node that reaches them, and the master candidates: only these try.
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
   * Nodes whose daemons are to be reached: name, primary and secondary address of each, and the master candidates: only these try.
   *
   * @minItems 2
   */
  'node-net-test'?: [[string, string, string][], NodeNames];
  /**
   * Name of the master, the address that is to be reached, and the master candidates: only these try.
   *
   * @minItems 3
   */
  'master-ip'?: [string, string, NodeNames];
  /**
   * Hypervisors to be checked.
   */
  hypervisor?: string[];
  /**
   * Parameters to be checked: where they come from, the hypervisor, and the parameters.
   */
  hvparms?: [string, string, Hvparams][];
  /**
   * Hypervisors whose instances are wanted.
   */
  instancelist?: string[];
  /**
   * The hypervisor that is asked what the node has.
   */
  hvinfo?: string;
  /**
   * Version of the protocol and of Ganeti.
   */
  version?: boolean | null;
  /**
   * The node's clock.
   */
  time?: boolean | null;
  /**
   * Whether /proc and /sys are there.
   */
  nodesetup?: boolean | null;
  /**
   * The OS definitions.
   */
  oslist?: boolean | null;
  /**
   * Logical volumes, whatever the group that is named.
   */
  lvlist?: string | null;
  /**
   * Volume groups.
   */
  vglist?: boolean | null;
  /**
   * Volume groups whose physical volumes are wanted.
   */
  pvlist?: string[];
  /**
   * With `pvlist`: physical volumes that hold more than one logical volume.
   */
  'exclusive-pvs'?: boolean | null;
  /**
   * Version of DRBD.
   */
  'drbd-version'?: boolean | null;
  /**
   * Minor numbers that DRBD uses.
   */
  'drbd-list'?: boolean | null;
  /**
   * DRBD's helper in user space.
   */
  'drbd-helper'?: string | null;
  /**
   * Scripts that have to be executable.
   */
  'user-scripts'?: AbsolutePath[];
  /**
   * Programs for out of band management.
   */
  'oob-paths'?: AbsolutePath[];
  /**
   * Bridges that have to exist.
   */
  bridges?: string[];
  /**
   * The node's own certificate.
   */
  'client-cert'?: boolean | null;
  /**
   * All nodes, and the type of their SSH keys.
   *
   * @minItems 2
   */
  'ssh-setup'?: [SshNodeStatus[] | null, 'dsa' | 'ecdsa' | 'rsa'];
  /**
   * With `ssh-setup`: hosts with more than one key in the list of authorized keys.
   */
  'ssh-clutter'?: boolean | null;
  /**
   * Nodes without instances: these answer nothing that has to do with instances.
   */
  nonvmnodes?: NodeNames;
  /**
   * The node that is to check its list of folders for file storage.
   */
  'allowed-file-storage-paths'?: string | null;
  /**
   * The folder for file storage.
   */
  'file-storage-path'?: string | null;
  /**
   * The folder for shared file storage.
   */
  'shared-file-storage-path'?: string | null;
  [k: string]: unknown;
}

/**
 * What the checks have found, by the names of the checks.
 */
export interface VerifyResult {
  /**
   * SHA-1 checksums of the files that are there.
   */
  filelist?: {
    [k: string]: string;
  };
  /**
   * Nodes that SSH does not reach, with what is wrong.
   */
  nodelist?: {
    [k: string]: string;
  };
  /**
   * Nodes that are not reached, with what is wrong.
   */
  'node-net-test'?: {
    [k: string]: string;
  };
  /**
   * Whether the address is reached; null if this node does not try.
   */
  'master-ip'?: boolean | null;
  /**
   * What is wrong with each hypervisor, or null.
   */
  hypervisor?: {
    [k: string]: string | null;
  };
  /**
   * Parameters that are wrong: where they come from, the hypervisor, and what is wrong.
   */
  hvparms?: [string, string, string][];
  /**
   * Names of the instances, or why they are not known.
   */
  instancelist?: string[] | string;
  hvinfo?: NodeHypervisorInfo;
  /**
   * Version of the protocol and of Ganeti.
   *
   * @minItems 2
   */
  version?: [number, string];
  /**
   * Seconds since the epoch, and microseconds.
   *
   * @minItems 2
   */
  time?: [number, number];
  /**
   * What is wrong.
   */
  nodesetup?: string[];
  /**
   * As `os_diagnose` answers.
   */
  oslist?: unknown[];
  /**
   * By group and name: size in MiB, whether inactive, whether open; or why they are not known.
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
   * Name of each physical volume that is shared, and the logical volumes on it.
   */
  'exclusive-pvs'?: [string, string[]][];
  /**
   * The version, or why it is not known.
   */
  'drbd-version'?: string;
  /**
   * Minor numbers in use, or why they are not known.
   */
  'drbd-list'?: number[] | string;
  /**
   * Whether it is known, and the helper or why not.
   *
   * @minItems 2
   */
  'drbd-helper'?: [boolean, string];
  /**
   * Those that are not executable.
   */
  'user-scripts'?: string[];
  /**
   * What is wrong with each, or null.
   */
  'oob-paths'?: (string | null)[];
  /**
   * Those that are missing.
   */
  bridges?: string[];
  /**
   * `ERROR` or `WARNING` and what is wrong, or null and the SHA-1 digest.
   *
   * @minItems 2
   */
  'client-cert'?: [string | null, string | null];
  /**
   * What is wrong.
   */
  'ssh-setup'?: string[];
  /**
   * What is wrong.
   */
  'ssh-clutter'?: string[];
  /**
   * Folders of the list that should not be on it.
   */
  'allowed-file-storage-paths'?: string[];
  /**
   * What is wrong.
   */
  'file-storage-path'?: string;
  /**
   * What is wrong.
   */
  'shared-file-storage-path'?: string;
}
