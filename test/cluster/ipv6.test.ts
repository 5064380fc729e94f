import { expect } from 'chai';
import { describe, it } from 'mocha';
import { useCluster } from './use-cluster.js';

const DAEMON_UTIL = '/usr/lib/ganeti/daemon-util';

const CLUSTER_ADDRESS = 'fd98:84::100/64';

describe('a cluster with IPv6', () => {
  // Making it has activated the address of the master, and added a node.
  const cluster = useCluster(84, { nodes: 2, isIpv6: true });
  const sockets = (node: string) =>
    cluster.on(node, 'ss', '--no-header', '--listening', '--numeric', '--tcp', 'sport = 1811');

  const addresses = (node: string) =>
    cluster.on(node, 'ip', '-6', 'address', 'show', 'dev', 'eth0');

  it('passes gnt-cluster verify', () => cluster.verify());

  it('has the address of the master up', async () => {
    expect(await addresses('node1')).to.contain(CLUSTER_ADDRESS);
  });

  it('has daemons that listen on all addresses of both kinds', async () => {
    for (const node of ['node1', 'node2']) {
      await cluster.on(node, DAEMON_UTIL, 'stop', 'ganeti-noded');
      await cluster.on(node, DAEMON_UTIL, 'start', 'ganeti-noded');
      expect(await sockets(node)).to.match(/ (\*|\[::\]):1811 /);
    }
  });

  it('takes an instance through its life', async () => {
    await cluster.gnt(`instance add ${cluster.addOptions('file', 'node2')} inst1.noded.test`);
    expect(await cluster.field('inst1', 'status')).to.equal('running');
    await cluster.gnt('instance shutdown inst1.noded.test');
    await cluster.gnt('instance startup inst1.noded.test');
    expect(await cluster.field('inst1', 'status')).to.equal('running');
    await cluster.gnt('instance move -f -n node1.noded.test inst1.noded.test');
    expect(await cluster.field('inst1', 'pnode')).to.equal('node1.noded.test');
    await cluster.gnt('instance remove -f inst1.noded.test');
  });

  it('renews its certificates, and moves the address of the master', async () => {
    await cluster.gnt('cluster renew-crypto --new-cluster-certificate --new-node-certificates -f');
    // Of two nodes, the other one is no majority.
    await cluster.sh('node2', 'gnt-cluster master-failover --no-voting --yes-do-it </dev/null');
    cluster.master = 'node2';
    await cluster.verify();
    expect(await addresses('node1')).not.to.contain(CLUSTER_ADDRESS);
    expect(await addresses('node2')).to.contain(CLUSTER_ADDRESS);
  });
});
