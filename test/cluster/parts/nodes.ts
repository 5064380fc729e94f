import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TestCluster } from '../test-cluster.js';

/** What happens to nodes while they belong to the cluster. */
export function livesOfNodes(cluster: TestCluster): void {
  const flags = (node: string) =>
    cluster.gnt(`node list --no-headers -o role ${node}.noded.test`).then((role) => role.trim());

  describe('its nodes', () => {
    it('go offline and come back', async () => {
      await cluster.gnt('node modify --offline=yes node3.noded.test');
      expect(await flags('node3')).to.equal('O');
      await cluster.gnt('node modify -f --offline=no node3.noded.test');
      await cluster.gnt('node modify --master-candidate=yes node3.noded.test');
      expect(await flags('node3')).to.equal('C');
    });

    it('are drained, demoted and promoted', async () => {
      await cluster.gnt('node modify --drained=yes node3.noded.test');
      await cluster.gnt('node modify --drained=no node3.noded.test');
      await cluster.gnt('node modify --master-candidate=no node3.noded.test');
      expect(await flags('node3')).to.equal('R');
      await cluster.gnt('node modify --master-candidate=yes node3.noded.test');
      await cluster.verify();
    });

    it('are evacuated', async () => {
      await cluster.gnt(
        `instance add ${cluster.addOptions('sharedfile', 'node2')} inst1.noded.test`,
      );
      await cluster.gnt('node failover -f node2.noded.test');
      expect(await cluster.field('inst1', 'pnode')).not.to.equal('node2.noded.test');
      await cluster.gnt('instance remove -f inst1.noded.test');
    });
  });
}
