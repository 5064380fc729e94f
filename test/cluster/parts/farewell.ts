import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TestCluster } from '../test-cluster.js';

/** The end of the cluster. */
export function farewell(cluster: TestCluster): void {
  const daemons = (node: string) =>
    cluster.sh(node, 'pgrep -a -x ganeti-noded || echo none').then((output) => output.trim());

  describe('in the end', () => {
    for (const node of ['node3', 'node2'])
      it(`removes ${node}, whose daemon ends with that`, async () => {
        await cluster.gnt(`node remove ${node}.noded.test`);
        expect(await cluster.gnt('node list --no-headers -o name')).not.to.contain(node);
        expect(await daemons(node)).to.equal('none');
      });

    it('is destroyed', async () => {
      await cluster.gnt('cluster destroy --yes-do-it');
      expect(await daemons('node1')).to.equal('none');
    });
  });
}
