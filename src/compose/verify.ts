import { join } from 'node:path';
import { VirtualPaths } from '../ganeti/virtual-paths.js';
import { DrbdState } from '../node/verify/drbd-state.js';
import { FileChecks } from '../node/verify/file-checks.js';
import { HypervisorChecks } from '../node/verify/hypervisor-checks.js';
import { NetworkChecks } from '../node/verify/network-checks.js';
import { NodeVerifier } from '../node/verify/node-verifier.js';
import { SshConnections } from '../node/verify/ssh-connections.js';
import { SshSetup } from '../node/verify/ssh-setup.js';
import { VolumeChecks } from '../node/verify/volume-checks.js';
import { diagnoseOs } from '../os/diagnosis.js';
import { FileStoragePaths } from '../storage/file/allowed-paths.js';
import { LvmTools } from '../storage/lvm/tools.js';
import type { Basis } from './basis.js';
import type { createCluster } from './cluster.js';
import type { createHypervisors } from './hypervisors.js';
import type { createNames } from './names.js';
import type { createOs } from './os.js';
import type { createStorage } from './storage.js';

/** What others have built that is needed here. */
type Neighbours = ReturnType<typeof createCluster> &
  ReturnType<typeof createNames> &
  Pick<Awaited<ReturnType<typeof createHypervisors>>, 'hypervisors' | 'queries'> &
  Pick<ReturnType<typeof createOs>, 'osDefinitions'> &
  Pick<ReturnType<typeof createStorage>, 'volumeLists'>;

/** Builds what checks the node. */
export function createNodeVerifier(basis: Basis, neighbours: Neighbours): NodeVerifier {
  const { config, named, commands, network, systemDirs } = basis;
  const { hypervisors, queries, osDefinitions, volumeLists: lists, ssh } = neighbours;
  const { nodeRoot } = config.paths;
  return new NodeVerifier({
    ...basis,
    ...neighbours,
    hypervisors: new HypervisorChecks({
      hypervisors,
      listInstances: (names, hvparams) => queries.list(names, hvparams),
    }),
    files: new FileChecks({ paths: new VirtualPaths({ nodeRoot }) }),
    network: new NetworkChecks({ commands, answersTcp: network.answersTcp }),
    sshConnections: new SshConnections({ ssh }),
    sshSetup: new SshSetup({ ...neighbours, files: neighbours.sshFiles }),
    volumes: new VolumeChecks({ lists, lvm: new LvmTools({ commands }) }),
    drbd: new DrbdState({
      statusPath: join(systemDirs.proc, 'drbd'),
      helperPath: join(systemDirs.sys, 'module/drbd/parameters/usermode_helper'),
    }),
    storagePaths: new FileStoragePaths({ allowedPathsFile: named.fileStoragePaths }),
    diagnoseOs: () => diagnoseOs(osDefinitions),
  });
}
