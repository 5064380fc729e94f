import { join } from 'node:path';
import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Config } from '../config/config.js';
import type { SpokenVersion } from '../ganeti/ganeti.js';
import { ganetiPaths } from '../ganeti/paths.js';
import { VirtualCluster } from '../ganeti/virtual-cluster.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';
import type { InstanceQueries } from '../instance/queries.js';
import { DaemonUtil } from '../node/daemons/daemon-util.js';
import type { JobQueue } from '../node/files/job-queue.js';
import { warnWhenMounted } from '../node/files/mounted-files.js';
import { Ssconf } from '../node/files/ssconf-reader.js';
import { Bridges } from '../node/machine/bridges.js';
import { OpenVswitch } from '../node/machine/open-vswitch.js';
import { ClientCertificate } from '../node/membership/client-certificate.js';
import { ClusterExit } from '../node/membership/cluster-exit.js';
import { CryptoTokens } from '../node/membership/crypto-tokens.js';
import { MasterCandidate } from '../node/membership/master-candidate.js';
import { MasterIp } from '../node/membership/master-ip.js';
import { NodeName } from '../node/membership/node-name.js';
import { OwnNames } from '../node/membership/own-names.js';
import type { Hooks } from '../node/programs/hooks.js';
import { LocalHooks } from '../node/programs/local-hooks.js';
import { AuthorizedKeys } from '../node/ssh/authorized-keys.js';
import { SshFiles } from '../node/ssh/files.js';
import { KeyAdder } from '../node/ssh/key-adder.js';
import { KeyRemover } from '../node/ssh/key-remover.js';
import { KeyRenewal } from '../node/ssh/key-renewal.js';
import { NodeUpdates } from '../node/ssh/node-updates.js';
import { PublicKeys } from '../node/ssh/public-keys.js';
import { SshRunner } from '../node/ssh/runner.js';
import type { OsDefinitions } from '../os/definition.js';
import type { VolumeLists } from '../storage/lvm/volume-lists.js';
import type { CommandRunner } from '../system/command/command.js';
import type { NetworkDoor } from '../system/network/network.js';
import type { SystemDirs } from '../system/proc/system-dirs.js';
import { createNodeVerifier } from './verify.js';

interface Doors {
  /** Not confined: daemons that are started live on. */
  readonly commands: CommandRunner;
  readonly network: NetworkDoor;
  readonly systemDirs: SystemDirs;
  readonly ganeti: SpokenVersion;
  readonly logger: Logger;
  /** Makes the daemon end in an orderly way, as SIGTERM does. */
  readonly requestStop: () => void;
}

/** What others have built that is needed here. */
interface ClusterNeighbours {
  readonly hypervisors: HypervisorRegistry;
  readonly queries: InstanceQueries;
  readonly hooks: Hooks;
  readonly jobQueue: JobQueue;
  readonly osDefinitions: OsDefinitions;
  readonly volumeLists: VolumeLists;
}

type ClusterBasics = ReturnType<typeof createBasics>;
type SshParts = ReturnType<typeof createSshParts>;

/** Builds what serves the calls about the cluster. */
export function createClusterParts(config: Config, doors: Doors, neighbours: ClusterNeighbours) {
  const basics = createBasics(config, doors);
  const ssh = createSshParts(config, doors, basics);
  const { ssconf, daemonUtil, bridges, nodeNames, certificate } = basics;
  const { keyAdder, keyRemover, keyRenewal } = ssh;
  return {
    ssconf,
    daemonUtil,
    bridges,
    keyAdder,
    keyRemover,
    keyRenewal,
    network: doors.network,
    openVswitch: new OpenVswitch(doors),
    cryptoTokens: new CryptoTokens({ certificate, nodeNames }),
    nodeVerifier: createNodeVerifier(config, doors, { ...neighbours, ...basics, ...ssh }),
    ...createMembership(config, doors, { ...neighbours, ...basics, ...ssh }),
  };
}

/** Who knows what this node is called. */
export function createOwnNames(
  { paths }: Config,
  { commands, network }: Pick<Doors, 'commands' | 'network'>,
): OwnNames {
  return new OwnNames({
    ssconf: new Ssconf({ dataDir: paths.dataDir }),
    virtual: new VirtualCluster({ nodeRoot: paths.nodeRoot }),
    kernelName: network.hostname,
    commands,
  });
}

function createBasics({ paths }: Config, { commands, network, systemDirs, logger }: Doors) {
  const virtual = new VirtualCluster({ nodeRoot: paths.nodeRoot });
  return {
    virtual,
    ssconf: new Ssconf({ dataDir: paths.dataDir }),
    nodeNames: new NodeName({ commands, virtual, kernelName: network.hostname }),
    daemonUtil: new DaemonUtil({ program: paths.daemonUtil, commands, virtual, logger }),
    bridges: new Bridges({ interfacesDir: join(systemDirs.sys, 'class/net') }),
    certificate: new ClientCertificate({
      path: join(paths.dataDir, 'client.pem'),
      signingPath: ganetiPaths(paths).serverCertificate,
      commands,
      clock: SYSTEM_CLOCK,
    }),
  };
}

function createSshParts(
  { paths }: Config,
  { commands, logger }: Doors,
  { ssconf, virtual }: ClusterBasics,
) {
  const sshFiles = new SshFiles({ directory: paths.sshDir });
  const authorizedKeys = new AuthorizedKeys(sshFiles.authorizedKeys, warnWhenMounted(logger));
  const publicKeys = new PublicKeys(join(paths.dataDir, 'ganeti_pub_keys'));
  const knownHosts = join(paths.dataDir, 'known_hosts');
  const ssh = new SshRunner({ commands, ssconf, virtual, knownHosts });
  const updates = new NodeUpdates({
    program: join(paths.pkgLibDir, 'ssh-update'),
    serverCertPath: ganetiPaths(paths).serverCertificate,
    ssh,
    ssconf,
    logger,
  });
  const parts = { authorizedKeys, publicKeys, updates, ssconf };
  const adder = new KeyAdder(parts);
  const remover = new KeyRemover(parts);
  return {
    sshFiles,
    authorizedKeys,
    publicKeys,
    ssh,
    keyAdder: adder,
    keyRemover: remover,
    keyRenewal: new KeyRenewal({
      ...parts,
      files: sshFiles,
      adder,
      remover,
      ssh,
      clock: SYSTEM_CLOCK,
    }),
  };
}

function createMembership(
  { paths }: Config,
  { commands, network, logger, requestStop }: Doors,
  parts: ClusterNeighbours & ClusterBasics & SshParts,
) {
  const { dataDir, confDir, pkgLibDir } = paths;
  const { ssconf, nodeNames, hooks: scripts, daemonUtil: daemons } = parts;
  return {
    masterIp: new MasterIp({
      scripts: {
        standard: join(pkgLibDir, 'tools/master-ip-setup'),
        external: join(confDir, 'scripts/master-ip-setup'),
      },
      hooks: new LocalHooks({ scripts, ssconf, nodeNames, dataDir, logger }),
      commands,
      ownsAddress: network.ownsAddress,
    }),
    masterCandidate: new MasterCandidate({
      configPath: join(dataDir, 'config.data'),
      ssconf,
      nodeNames,
      daemons,
      clock: SYSTEM_CLOCK,
    }),
    clusterExit: new ClusterExit({
      ...parts,
      dataDir,
      cryptoDir: ganetiPaths(paths).cryptoKeysDir,
      daemons,
      requestStop,
      logger,
    }),
  };
}
