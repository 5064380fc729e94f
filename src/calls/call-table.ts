import type { CallName, Calls } from '../generated/calls.js';
import type { SpokenVersion } from '../ganeti/ganeti.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';
import type { Exports } from '../instance/export/exports.js';
import type { Transfers } from '../instance/export/transfers.js';
import type { InstanceChanges } from '../instance/instance-changes.js';
import type { InstanceLifecycle } from '../instance/instance-lifecycle.js';
import type { InstanceQueries } from '../instance/instance-queries.js';
import type { Bridges } from '../node/bridges.js';
import type { ClusterExit } from '../node/cluster-exit.js';
import type { CryptoTokens } from '../node/crypto-tokens.js';
import type { DaemonUtil } from '../node/daemon-util.js';
import type { MasterCandidate } from '../node/master-candidate.js';
import type { MasterIp } from '../node/master-ip.js';
import type { OpenVswitch } from '../node/open-vswitch.js';
import type { Ssconf } from '../node/ssconf.js';
import type { KeyAdder } from '../node/ssh/key-adder.js';
import type { KeyRemover } from '../node/ssh/key-remover.js';
import type { KeyRenewal } from '../node/ssh/key-renewal.js';
import type { NodeVerifier } from '../node/verify/node-verifier.js';
import type { NodeInfo } from '../node/node-info.js';
import type { NodePower } from '../node/node-power.js';
import type { EtcHosts } from '../node/etc-hosts.js';
import type { Hooks } from '../node/hooks.js';
import type { Iallocators } from '../node/iallocators.js';
import type { JobQueue } from '../node/job-queue.js';
import type { MetadataDaemon } from '../node/metadata-daemon.js';
import type { OutOfBand } from '../node/out-of-band.js';
import type { RestrictedCommands } from '../node/restricted-commands.js';
import type { SsconfFiles } from '../node/ssconf-files.js';
import type { Uploads } from '../node/uploads.js';
import type { WatcherPause } from '../node/watcher-pause.js';
import type { X509Certificates } from '../node/x509-certificates.js';
import type { OsDefinitions } from '../os/os-definition.js';
import type { OsExport } from '../os/os-export.js';
import type { OsValidation } from '../os/os-validation.js';
import type { OsScripts } from '../os/os-scripts.js';
import type { BlockDevices } from '../storage/block-devices.js';
import type { DeviceSizes } from '../storage/device-sizes.js';
import type { DiskChanges } from '../storage/disk-changes.js';
import type { DiskContents } from '../storage/disk-contents.js';
import type { DiskOpening } from '../storage/disk-opening.js';
import type { DiskStates } from '../storage/disk-states.js';
import type { ExtProviders } from '../storage/ext/ext-providers.js';
import type { FileStorageDirs } from '../storage/file-storage-dirs.js';
import type { StorageUnits } from '../storage/units/storage-units.js';
import type { VolumeLists } from '../storage/volume-lists.js';
import type { NetworkDoor } from '../system/network.js';

/** What the calls are carried out by; made once, in `main.ts`. */
export interface Services {
  readonly ganeti: SpokenVersion;
  readonly hypervisors: HypervisorRegistry;
  readonly lifecycle: InstanceLifecycle;
  readonly queries: InstanceQueries;
  readonly changes: InstanceChanges;
  readonly exports: Exports;
  readonly transfers: Transfers;
  readonly blockDevices: BlockDevices;
  readonly diskChanges: DiskChanges;
  readonly diskStates: DiskStates;
  readonly diskOpening: DiskOpening;
  readonly diskContents: DiskContents;
  readonly fileStorageDirs: FileStorageDirs;
  readonly deviceSizes: DeviceSizes;
  readonly volumeLists: VolumeLists;
  readonly storageUnits: StorageUnits;
  readonly extProviders: ExtProviders;
  readonly osDefinitions: OsDefinitions;
  readonly osScripts: OsScripts;
  readonly osValidation: OsValidation;
  readonly osExport: OsExport;
  readonly nodeInfo: NodeInfo;
  readonly nodePower: NodePower;
  readonly jobQueue: JobQueue;
  readonly uploads: Uploads;
  readonly ssconfFiles: SsconfFiles;
  readonly etcHosts: EtcHosts;
  readonly watcherPause: WatcherPause;
  readonly hooks: Hooks;
  readonly iallocators: Iallocators;
  readonly restrictedCommands: RestrictedCommands;
  readonly outOfBand: OutOfBand;
  readonly x509Certificates: X509Certificates;
  readonly metadataDaemon: MetadataDaemon;
  readonly ssconf: Ssconf;
  readonly nodeVerifier: NodeVerifier;
  readonly daemonUtil: DaemonUtil;
  readonly masterIp: MasterIp;
  readonly masterCandidate: MasterCandidate;
  readonly clusterExit: ClusterExit;
  readonly cryptoTokens: CryptoTokens;
  readonly keyAdder: KeyAdder;
  readonly keyRemover: KeyRemover;
  readonly keyRenewal: KeyRenewal;
  readonly bridges: Bridges;
  readonly openVswitch: OpenVswitch;
  readonly network: Pick<NetworkDoor, 'ownsAddress'>;
}

type Params<C extends CallName> = Calls[C]['params'];
type Result<C extends CallName> = Calls[C]['result'];

/** How one call is carried out. */
export interface CallRow<C extends CallName> {
  /** The things on which only one call at a time may work; calls without one run at any time. */
  readonly lock?: (params: Params<C>) => string | readonly string[];
  readonly handle: (services: Services, params: Params<C>) => Promise<Result<C>> | Result<C>;
}

/** Rows for all the calls `C`: a missing one, or one that does not fit its schema, does not compile. */
export type CallRows<C extends CallName> = { readonly [K in C]: CallRow<K> };

/** The lock of an instance. */
export function instanceLock(instance: { readonly name: string }): string {
  return `instance ${instance.name}`;
}

/** The lock of a disk. */
export function diskLock(disk: {
  readonly dev_type: string;
  readonly logical_id: unknown;
}): string {
  return `disk ${disk.dev_type} ${JSON.stringify(disk.logical_id)}`;
}

/** For calls whose answer says no more than that they succeeded. */
export async function done(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
