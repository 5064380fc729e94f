import { VirtualCluster } from '../ganeti/virtual-cluster.js';
import { Ssconf } from '../node/files/ssconf-reader.js';
import { OwnNames } from '../node/membership/own-names.js';
import type { Basis } from './basis.js';

/** Builds what knows the names of this node. */
export function createOwnNames({ config: { paths }, commands, network }: Basis): OwnNames {
  const { dataDir, nodeRoot } = paths;
  const ssconf = new Ssconf({ dataDir });
  const virtual = new VirtualCluster({ nodeRoot });
  return new OwnNames({ ssconf, virtual, kernelName: network.hostname, commands });
}
