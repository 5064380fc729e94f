import { after, afterEach, before, describe } from 'mocha';
import { burnin } from './parts/burnin.js';
import { daemonAndItsPlace } from './parts/daemon.js';
import { farewell } from './parts/farewell.js';
import { livesOfInstances } from './parts/instances.js';
import { livesOfNodes } from './parts/nodes.js';
import { wholeCluster } from './parts/whole-cluster.js';
import { TestCluster } from './test-cluster.js';

const NODES = ['node1', 'node2', 'node3'];
const LOG = '/var/log/ganeti/node-daemon.log';

describe('a cluster on chroot-noded alone', function () {
  const cluster = new TestCluster(78);
  let hasFailed = false;

  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    await cluster.up('--nodes', '3');
  });
  afterEach(function () {
    hasFailed ||= this.currentTest?.isFailed() === true;
  });
  after(async () => {
    if (hasFailed) for (const node of NODES) console.error(await lastOfLog(node));
    await cluster.down();
  });

  const lastOfLog = (node: string) => cluster.on(node, 'tail', '-n', '100', LOG);

  // They share the cluster, in this order; each leaves it as it was, but for the last.
  daemonAndItsPlace(cluster);
  livesOfInstances(cluster);
  livesOfNodes(cluster);
  wholeCluster(cluster);
  burnin(cluster);
  farewell(cluster);
});
