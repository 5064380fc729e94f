import { describe, it } from 'mocha';
import { ALSO_TESTED } from './ganeti-versions.js';
import { livesOfInstances } from './parts/instances.js';
import { useCluster } from './use-cluster.js';

/** Where versions of Ganeti differ for a node daemon: what verify asks, hotplug, transfers between nodes, burnin. */
for (const ganeti of ALSO_TESTED)
  describe(`a cluster of Ganeti ${ganeti}`, () => {
    const cluster = useCluster(82, { ganeti });

    it('passes gnt-cluster verify', () => cluster.verify());

    livesOfInstances(cluster, 'file');

    it('passes burnin', async () => {
      await cluster.run('burnin');
    });

    it('leaves nothing to complain about', () => cluster.verify());
  });
