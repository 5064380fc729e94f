import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Config } from '../config/config.js';
import type { SpokenVersion } from '../ganeti/ganeti.js';
import { ganetiPaths } from '../ganeti/paths.js';
import { VirtualPaths } from '../ganeti/virtual-paths.js';
import type { HypervisorRegistry } from '../hypervisor/registry.js';
import type { InstanceQueries } from '../instance/queries.js';
import type { SshFiles } from '../node/ssh/files.js';
import type { SshRunner } from '../node/ssh/runner.js';
import { DrbdState } from '../node/verify/drbd-state.js';
import { FileChecks } from '../node/verify/file-checks.js';
import { HypervisorChecks } from '../node/verify/hypervisor-checks.js';
import { NetworkChecks } from '../node/verify/network-checks.js';
import { NodeVerifier, type NodeVerifierParts } from '../node/verify/node-verifier.js';
import { SshConnections } from '../node/verify/ssh-connections.js';
import { SshSetup, type SshSetupParts } from '../node/verify/ssh-setup.js';
import { VolumeChecks } from '../node/verify/volume-checks.js';
import type { OsDefinitions } from '../os/definition.js';
import { diagnoseOs } from '../os/diagnosis.js';
import { FileStoragePaths } from '../storage/file/allowed-paths.js';
import { LvmTools } from '../storage/lvm/tools.js';
import type { VolumeLists } from '../storage/lvm/volume-lists.js';
import type { CommandRunner } from '../system/command/command.js';
import type { NetworkDoor } from '../system/network/network.js';
import type { SystemDirs } from '../system/proc/system-dirs.js';

/** What others have built that is needed here. */
type VerifierNeeds = Pick<NodeVerifierParts, 'nodeNames' | 'certificate' | 'bridges'> &
  Omit<SshSetupParts, 'files'> & {
    readonly hypervisors: HypervisorRegistry;
    readonly queries: InstanceQueries;
    readonly osDefinitions: OsDefinitions;
    readonly volumeLists: VolumeLists;
    readonly sshFiles: SshFiles;
    readonly ssh: SshRunner;
  };

/** Builds what checks the node. */
export function createNodeVerifier(
  { paths }: Config,
  {
    commands,
    network,
    systemDirs,
    ganeti,
  }: {
    commands: CommandRunner;
    network: NetworkDoor;
    systemDirs: SystemDirs;
    ganeti: SpokenVersion;
  },
  parts: VerifierNeeds,
): NodeVerifier {
  const { hypervisors, queries, osDefinitions, sshFiles: files } = parts;
  return new NodeVerifier({
    ganeti,
    nodeNames: parts.nodeNames,
    hypervisors: new HypervisorChecks({
      hypervisors,
      listInstances: (names, hvparams) => queries.list(names, hvparams),
    }),
    files: new FileChecks({ paths: new VirtualPaths({ nodeRoot: paths.nodeRoot }) }),
    network: new NetworkChecks({ commands, answersTcp: network.answersTcp }),
    sshConnections: new SshConnections({ ssh: parts.ssh }),
    sshSetup: new SshSetup({ ...parts, files }),
    certificate: parts.certificate,
    volumes: new VolumeChecks({ lists: parts.volumeLists, lvm: new LvmTools({ commands }) }),
    drbd: new DrbdState({
      statusPath: join(systemDirs.proc, 'drbd'),
      helperPath: join(systemDirs.sys, 'module/drbd/parameters/usermode_helper'),
    }),
    bridges: parts.bridges,
    storagePaths: new FileStoragePaths({
      allowedPathsFile: ganetiPaths(paths).fileStoragePaths,
    }),
    diagnoseOs: () => diagnoseOs(osDefinitions),
    systemDirs,
    clock: SYSTEM_CLOCK,
  });
}
