import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TestCluster } from '../test-cluster.js';

/** What concerns all nodes at once. */
export function wholeCluster(cluster: TestCluster): void {
  /** Puts an executable shell script on nodes. */
  const install = async (directory: string, name: string, line: string, ...nodes: string[]) => {
    const path = `${directory}/${name}`;
    const script = `mkdir -p -m 755 ${directory} && printf '#!/bin/sh\\n%s\\n' '${line}' >${path} && chmod 755 ${path}`;
    for (const node of nodes) await cluster.sh(node, script);
  };

  describe('the cluster itself', () => {
    it('distributes its configuration', async () => {
      const file = '/var/lib/ganeti/known_hosts';
      await cluster.on('node2', 'rm', file);
      await cluster.gnt('cluster redist-conf');
      expect(await cluster.on('node2', 'cat', file)).to.contain('ssh-rsa');
    });

    it('renews its certificates', async () => {
      const secrets = '--new-rapi-certificate --new-confd-hmac-key --new-cluster-domain-secret';
      await cluster.gnt(`cluster renew-crypto --new-cluster-certificate ${secrets} -f`);
      await cluster.gnt('cluster renew-crypto --new-node-certificates -f');
      await cluster.verify();
    });

    it('drains its queue and opens it again', async () => {
      await cluster.gnt('cluster queue drain');
      expect(await cluster.gnt('cluster queue info')).to.match(/is set/);
      await cluster.gnt('cluster queue undrain');
      expect(await cluster.gnt('cluster queue info')).to.match(/is unset/);
    });

    it('runs hooks', async () => {
      const directory = '/etc/ganeti/hooks/cluster-verify-post.d';
      await install(directory, 'mark', 'echo ran on $(hostname) >>/tmp/hook', 'node1', 'node2');
      await cluster.verify();
      expect(await cluster.on('node2', 'cat', '/tmp/hook')).to.contain('ran on node2');
    });

    it('diagnoses operating systems', async () => {
      expect(await cluster.gnt('os diagnose')).to.contain('busybox');
      expect(await cluster.gnt('os list')).to.contain('busybox+default');
    });

    it('runs restricted commands', async () => {
      const directory = '/etc/ganeti/restricted-commands';
      await install(directory, 'hello', 'echo restricted works', 'node2', 'node3');
      const output = await cluster.gnt('node restricted-command hello node2.noded.test');
      expect(output).to.contain('restricted works');
    });

    it('changes its master', async () => {
      for (const master of ['node2', 'node1']) {
        await cluster.sh(master, 'gnt-cluster master-failover </dev/null');
        cluster.master = master;
        await cluster.verify();
      }
    });
  });
}
