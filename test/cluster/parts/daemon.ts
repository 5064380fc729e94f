import { expect } from 'chai';
import { describe, it } from 'mocha';
import { makeIdentity } from '../../../tools/kit/certificates.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { failureOf } from '../../support/failure.js';
import { PROJECT, type TestCluster } from '../test-cluster.js';

const PID_FILE = '/run/ganeti/ganeti-noded.pid';
const DAEMON_UTIL = '/usr/lib/ganeti/daemon-util';
const NODE_DAEMON_URL = 'https://node2.noded.test:1811/version';

/** The daemon in Ganeti's place: started, killed, taken away and put back, and whom it lets in. */
export function daemonAndItsPlace(cluster: TestCluster): void {
  /** The program that runs as the node daemon: node, or python. */
  const program = async (node: string) =>
    (await cluster.sh(node, `readlink /proc/$(cat ${PID_FILE})/exe`)).trim();

  describe('the daemon', () => {
    it('is ours on every node', async () => {
      for (const node of ['node1', 'node2', 'node3'])
        expect(await program(node)).to.match(/\/node$/);
    });

    it('passes gnt-cluster verify', () => cluster.verify());

    it('is started, checked and stopped by daemon-util', async () => {
      await cluster.on('node3', DAEMON_UTIL, 'stop', 'ganeti-noded');
      await failureOf(cluster.on('node3', DAEMON_UTIL, 'check', 'ganeti-noded'));
      await cluster.on('node3', DAEMON_UTIL, 'start', 'ganeti-noded');
      await cluster.on('node3', DAEMON_UTIL, 'check', 'ganeti-noded');
    });

    killedInACall(cluster);
    changedPlaces(cluster, program);
    whomItLetsIn(cluster);
  });
}

function killedInACall(cluster: TestCluster): void {
  it('gives the master an error when it is killed in a call, and the next attempt works', async () => {
    const slow = '/srv/ganeti/os/slow';
    for (const node of ['node1', 'node2', 'node3'])
      await cluster.sh(
        node,
        `cp -r /srv/ganeti/os/busybox ${slow} && sed -i 's/start) /&sleep 4; /' ${slow}/create`,
      );
    await cluster.gnt(
      `instance add --no-start ${cluster.addOptions('file', 'node2', 'slow+default')} inst1.noded.test`,
    );
    const start = failureOf(cluster.gnt('instance startup inst1.noded.test'));
    await eventually(async () => (await scripts(cluster)) !== '', 30_000);
    await cluster.sh('node2', 'pkill -KILL -x ganeti-noded');
    expect((await start).message).to.match(/inst1|node2/);
    await cluster.on('node2', DAEMON_UTIL, 'start', 'ganeti-noded');
    await cluster.gnt('instance startup inst1.noded.test');
    expect(await cluster.field('inst1', 'status')).to.equal('running');
    // The script of the first attempt has gone on by itself, and was what ran already.
    await eventually(async () => (await scripts(cluster)) === '', 30_000);
    await cluster.gnt('instance remove -f inst1.noded.test');
  });
}

/** Start scripts that run on node2. */
const scripts = (cluster: TestCluster) =>
  cluster.sh('node2', "pgrep -f '^/bin/sh /ganeti-chroot start' || true");

function changedPlaces(cluster: TestCluster, program: (node: string) => Promise<string>): void {
  const instance = 'inst1.noded.test';

  it('gives its place back while an instance runs', async () => {
    await cluster.gnt(`instance add ${cluster.addOptions('file', 'node2')} ${instance}`);
    await cluster.on('node2', `${PROJECT}scripts/install-noded`, '--undo');
    expect(await program('node2')).to.match(/python/);
    const left = 'ls -d /usr/lib/chroot-noded /usr/sbin/*noded.stock /usr/sbin/chroot-nodectl';
    expect(await cluster.sh('node2', `${left} 2>/dev/null || true`)).to.equal('');
    expect(await cluster.sh('node2', 'dpkg-divert --list | grep noded || true')).to.equal('');
    await cluster.verify();
  });

  it('takes its place again while the instance runs', async () => {
    await cluster.on('node2', `${PROJECT}scripts/install-noded`);
    expect(await program('node2')).to.match(/\/node$/);
    expect(await cluster.field('inst1', 'status')).to.equal('running');
    await cluster.gnt(`instance shutdown ${instance}`);
    await cluster.gnt(`instance remove -f ${instance}`);
    await cluster.verify();
  });

  it('takes its place where it has it already', async () => {
    await cluster.on('node2', `${PROJECT}scripts/install-noded`);
    expect(await program('node2')).to.match(/\/node$/);
    expect(
      await cluster.on('node2', 'head', '-c', '20', '/usr/sbin/ganeti-noded.stock'),
    ).to.contain('python');
  });

  it('keeps its place when the package is upgraded', async () => {
    await cluster.on('node2', 'bash', `${PROJECT}test/cluster/reinstall-package`, 'ganeti');
    expect(await cluster.on('node2', 'cat', '/usr/sbin/ganeti-noded')).to.contain('chroot-noded');
    await cluster.on('node2', DAEMON_UTIL, 'stop', 'ganeti-noded');
    await cluster.on('node2', DAEMON_UTIL, 'start', 'ganeti-noded');
    expect(await program('node2')).to.match(/\/node$/);
  });
}

function whomItLetsIn(cluster: TestCluster): void {
  /** Calls `version` on node2 from another node, with a certificate that lies there. */
  const callFrom = (node: string, certificate: string) =>
    cluster.sh(
      node,
      `curl --silent --show-error --insecure --max-time 20 --cert ${certificate} --data '[]' ${NODE_DAEMON_URL}`,
    );
  const CLIENT = '/var/lib/ganeti/client.pem';

  it('refuses a stranger, and says in its log who and why', async () => {
    const { pem, digest } = makeIdentity('stranger');
    await cluster.sh('node1', `echo '${pem}' >/tmp/stranger.pem`);
    await failureOf(callFrom('node1', '/tmp/stranger.pem'));
    const refusals = (await cluster.run('logs', 'node2')).split('\n');
    const refusal = refusals.find((line) => line.includes(digest)) ?? '';
    expect(refusal).to.contain('peer refused').and.contain('mode=candidates');
    expect(refusal).to.contain('/var/lib/ganeti/ssconf_master_candidates_certs');
  });

  it('follows the map of master candidates', async () => {
    expect(await callFrom('node3', CLIENT)).to.contain('true');
    await cluster.gnt('node modify --master-candidate=no node3.noded.test');
    await failureOf(callFrom('node3', CLIENT));
    await cluster.gnt('node modify --master-candidate=yes node3.noded.test');
    expect(await callFrom('node3', CLIENT)).to.contain('true');
  });
}
