import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ClusterError } from '../../tools/kit/test-cluster.js';
import { complaintsIn } from './test-cluster.js';
import { useCluster } from './use-cluster.js';

const NODES = ['node1', 'node2'];
/** What is in every chroot, and the first process of a host. */
const RUNNING = 'ps -C sleep -o pid=,args=';

/** As an administrator does it: new packages on every node, then Ganeti's own command; and back. */
describe('an upgrade of Ganeti under running instances', () => {
  const cluster = useCluster(83, { ganeti: '3.0', nodes: NODES.length });
  let running: string[];

  const onAll = (line: string) => Promise.all(NODES.map((node) => cluster.sh(node, line)));

  /** Verifying the cluster is its last step, whose complaints it fails for. */
  async function upgradeTo(version: string): Promise<void> {
    const output = await cluster
      .gnt(`cluster upgrade --to ${version}`)
      .catch((error: unknown) => (error as ClusterError).output);
    expect(output).to.contain('Verifying cluster.');
    expect(complaintsIn(output)).to.deep.equal([]);
    expect(await onAll('readlink /etc/ganeti/lib')).to.deep.equal(
      NODES.map(() => `/usr/lib/ganeti/${version}\n`),
    );
    expect(await cluster.gnt('cluster version')).to.contain(`Software version: ${version}.`);
  }

  const daemonsAreOurs = async () => {
    for (const exe of await onAll('readlink /proc/$(cat /run/ganeti/ganeti-noded.pid)/exe'))
      expect(exe).to.match(/\/node\n$/);
  };

  it('begins with an instance on each node', async () => {
    for (const [index, node] of NODES.entries()) {
      const name = `inst${String(index + 1)}.noded.test`;
      const options = cluster
        .addOptions('file', node)
        .replace('192.0.2.1', `192.0.2.${String(index + 1)}`);
      await cluster.gnt(`instance add ${options} ${name}`);
    }
    running = await onAll(RUNNING);
    for (const processes of running) expect(processes).to.contain('sleep 1000000');
  });

  it('installs the packages of 3.1, and goes on with 3.0', async () => {
    await onAll('dpkg --install /srv/upgrade/*.deb');
    await onAll('/usr/lib/ganeti/daemon-util stop ganeti-noded');
    await onAll('/usr/lib/ganeti/daemon-util start ganeti-noded');
    await daemonsAreOurs();
    await cluster.verify();
  });

  for (const version of ['3.1', '3.0'])
    describe(`goes to ${version}`, () => {
      it('by gnt-cluster upgrade', () => upgradeTo(version));

      it('with the same processes in the chroots', async () => {
        expect(await onAll(RUNNING)).to.deep.equal(running);
        for (const instance of ['inst1', 'inst2'])
          expect(await cluster.field(instance, 'status')).to.equal('running');
      });

      it('with our daemon, and nothing to complain about', async () => {
        await daemonsAreOurs();
        await cluster.verify();
      });

      it('and goes on working', async () => {
        await cluster.gnt('instance reboot inst1.noded.test');
        await cluster.gnt('instance move -f -n node1.noded.test inst2.noded.test');
        await cluster.gnt('instance move -f -n node2.noded.test inst2.noded.test');
        running = await onAll(RUNNING);
      });
    });
});
