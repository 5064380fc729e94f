import { VirtualCluster } from '../ganeti/virtual-cluster.js';
import { Ssconf } from '../node/files/ssconf-reader.js';
import { NodeName } from '../node/membership/node-name.js';
import { OwnNames } from '../node/membership/own-names.js';
import type { Basis } from './basis.js';

/** Builds what knows the names of this node, and of the others. */
export function createNames({ config: { paths }, commands, network }: Basis) {
  const { dataDir, nodeRoot } = paths;
  const ssconf = new Ssconf({ dataDir });
  const virtual = new VirtualCluster({ nodeRoot });
  const named = { commands, virtual, kernelName: network.hostname };
  return {
    ssconf,
    virtual,
    nodeNames: new NodeName(named),
    ownNames: new OwnNames({ ...named, ssconf }),
  };
}
