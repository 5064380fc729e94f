import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import type { TestCluster } from '../test-cluster.js';

/** The end of the cluster. */
export function farewell(cluster: TestCluster): void {
  // It ends once it has answered.
  const daemonEnds = (node: string) =>
    eventually(
      async () => (await cluster.sh(node, 'pgrep -x ganeti-noded || echo none')) === 'none\n',
    );

  describe('in the end', () => {
    for (const node of ['node3', 'node2'])
      it(`removes ${node}, whose daemon ends with that`, async () => {
        await cluster.gnt(`node remove ${node}.noded.test`);
        expect(await cluster.gnt('node list --no-headers -o name')).not.to.contain(node);
        await daemonEnds(node);
      });

    it('is destroyed', async () => {
      await cluster.gnt('cluster destroy --yes-do-it');
      await daemonEnds('node1');
      expect(await cluster.on('node1', 'ip', 'addr', 'show', 'eth0')).not.to.contain(
        `${cluster.network}100`,
      );
    });
  });
}
