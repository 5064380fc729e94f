import { after, afterEach, before } from 'mocha';
import { TestCluster } from './test-cluster.js';

const LOG = '/var/log/ganeti/node-daemon.log';

/**
 * A cluster of three nodes for the tests of one file. When one of them fails, the last lines of all daemons' logs are
 * shown.
 *
 * @param number tells it from clusters of other files, which may run at the same time
 */
export function useCluster(number: number): TestCluster {
  const cluster = new TestCluster(number);
  let hasFailed = false;

  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    await cluster.up('--nodes', '3');
  });
  afterEach(function () {
    hasFailed ||= this.currentTest?.isFailed() === true;
  });
  after(async () => {
    if (hasFailed)
      for (const node of ['node1', 'node2', 'node3'])
        console.error(await cluster.on(node, 'tail', '-n', '100', LOG));
    await cluster.down();
  });
  return cluster;
}
