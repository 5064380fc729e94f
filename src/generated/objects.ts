/* Generated from rpc-schema by `npm run generate`; changes belong there. */

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
   * Whether the instance may write to the disk.
   */
  mode: 'ro' | 'rw';
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
   * Name of the hypervisor.
   */
  hypervisor: string;
  /**
   * Parameters of the hypervisor. If it is `chroot` they have to be ChrootHvparams.
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
 * A running instance. The chroot hypervisor measures none of it and says 0.
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
   * Path of the instance's control group.
   */
  cgroup: string;
}

/**
 * What identifies a disk on its node; the items depend on the template. For file disks: the driver and the path.
 */
export type LogicalId = unknown[];

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
 * Why a thing was done, one entry for each program it went through: source, reason, and the time in nanoseconds since the epoch.
 */
export type ReasonTrail = [string, string, number][];

/**
 * How much a storage unit holds, in MiB.
 */
export interface StorageInfo {
  type: string;
  name: string;
  storage_size: number;
  storage_free: number;
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
