import { describe } from 'mocha';
import { daemonAndItsPlace } from './parts/daemon.js';
import { farewell } from './parts/farewell.js';
import { livesOfInstances } from './parts/instances.js';
import { livesOfNodes } from './parts/nodes.js';
import { wholeCluster } from './parts/whole-cluster.js';
import { useCluster } from './use-cluster.js';

describe('a cluster on chroot-noded alone', () => {
  const cluster = useCluster(78);

  // They share the cluster, in this order; each leaves it as it was, but for the last.
  daemonAndItsPlace(cluster);
  livesOfInstances(cluster);
  livesOfNodes(cluster);
  wholeCluster(cluster);
  farewell(cluster);
});
