import { after, afterEach, before } from 'mocha';
import type { GanetiVersion } from './ganeti-versions.js';
import { TestCluster } from './test-cluster.js';

const LOG = '/var/log/ganeti/node-daemon.log';

/** What tells a cluster from others. */
interface Options {
  /** Default: the one that is tested in full. */
  readonly ganeti?: GanetiVersion;
  /** How many nodes; default: 3. */
  readonly nodes?: number;
  /** Whether the nodes' primary addresses are IPv6. */
  readonly isIpv6?: boolean;
}

/**
 * A cluster for the tests of one file. When one of them fails, the last lines of all daemons' logs are
 * shown.
 *
 * @param number tells it from clusters of other files, which may run at the same time
 */
export function useCluster(
  number: number,
  { ganeti, nodes = 3, isIpv6 = false }: Options = {},
): TestCluster {
  const cluster = new TestCluster(number, ganeti);
  let hasFailed = false;

  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    await cluster.up('--nodes', String(nodes), ...(isIpv6 ? ['--ipv6'] : []));
  });
  afterEach(function () {
    hasFailed ||= this.currentTest?.isFailed() === true;
  });
  after(async () => {
    if (hasFailed)
      for (let node = 1; node <= nodes; node++)
        console.error(await cluster.on(`node${String(node)}`, 'tail', '-n', '100', LOG));
    await cluster.down();
  });
  return cluster;
}
