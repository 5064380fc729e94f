import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eventually } from '../../tools/kit/eventually.js';
import type { TestCluster } from './test-cluster.js';
import { useCluster } from './use-cluster.js';

/** How burnin's own process begins, and no other that names it. */
const BURNIN = '^/usr/bin/python3 /usr/lib/ganeti/tools/burnin';
/** How long burnin goes on between two deaths of the daemon. */
const BETWEEN_DEATHS_MS = 3_000;
const JOBS_END_MS = 60_000;
/** In this time whatever burnin has submitted at last has become a job. */
const SUBMITTED_MS = 500;

/** Ganeti's own acceptance test, in full. */
describe("Ganeti's burnin", () => {
  const cluster = useCluster(81);

  it('passes on sharedfile', async () => {
    await cluster.run('burnin', 'sharedfile');
  });

  it('passes on file while the daemon of a node is killed again and again', async () => {
    const life = { ended: false };
    const whole = cluster.run('burnin', 'file').finally(() => (life.ended = true));
    const [deaths] = await Promise.all([killAgainAndAgain(cluster, 'node2', life), whole]);
    expect(deaths).to.be.greaterThan(5);
  });

  it('leaves nothing to complain about', () => cluster.verify());
});

/**
 * Kills and starts the node daemon whenever no job runs: burnin is held until the daemon is back, as no master asks
 * twice. @returns how often.
 */
async function killAgainAndAgain(
  cluster: TestCluster,
  node: string,
  life: { readonly ended: boolean },
): Promise<number> {
  // Not by a shell, whose command line would match as well. Nobody is there to be signalled when burnin has ended.
  const signal = (name: string) =>
    cluster.on('node1', 'pkill', `-${name}`, '-f', BURNIN).catch(() => life.ended);
  const jobs = () => cluster.gnt('job list --no-headers -o status');
  let deaths = 0;
  for (;;) {
    await delay(BETWEEN_DEATHS_MS);
    if (life.ended) return deaths;
    await signal('STOP');
    try {
      await delay(SUBMITTED_MS);
      await eventually(
        async () => !/waiting|queued|running|canceling/.test(await jobs()),
        JOBS_END_MS,
      );
      await cluster.sh(node, 'pkill -KILL -x ganeti-noded');
      await cluster.on(node, '/usr/lib/ganeti/daemon-util', 'start', 'ganeti-noded');
      deaths++;
    } finally {
      await signal('CONT');
    }
  }
}
