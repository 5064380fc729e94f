import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TestCluster } from '../test-cluster.js';

/** Which steps a disk template rules out, for every hypervisor. */
const TEMPLATES = [
  { template: 'file', hasDisks: true, isMirrored: false },
  { template: 'sharedfile', hasDisks: true, isMirrored: true },
  { template: 'ext', hasDisks: true, isMirrored: true },
  { template: 'diskless', hasDisks: false, isMirrored: true },
];
const INSTANCE = 'inst1.noded.test';
const ROOT = `/run/ganeti/chroot-hypervisor/${INSTANCE}`;

/** Instances of every disk template, or of those that are named, through all that Ganeti does with them. */
export function livesOfInstances(cluster: TestCluster, ...only: readonly string[]): void {
  const templates = TEMPLATES.filter(
    ({ template }) => only.length === 0 || only.includes(template),
  );
  for (const { template, hasDisks, isMirrored } of templates)
    describe(`with an instance on ${template}`, () => {
      it('adds it', async () => {
        await cluster.gnt(`instance add ${cluster.addOptions(template, 'node2')} ${INSTANCE}`);
        // A chroot without a disk has nothing to run.
        expect(await cluster.field('inst1', 'status')).to.equal(
          hasDisks ? 'running' : 'ADMIN_down',
        );
        const state = hasDisks ? 'up' : 'down';
        const info = await cluster.gnt(`instance info ${INSTANCE}`);
        expect(info).to.contain(`actual state is ${state}`);
      });

      if (hasDisks) {
        running(cluster);
        disks(cluster, template);
        copies(cluster, template);
      }
      moves(cluster, isMirrored);

      it('renames it', async () => {
        if (hasDisks) await cluster.gnt(`instance shutdown ${INSTANCE}`);
        const { unasked, unchecked } = cluster.options;
        await cluster.gnt(`instance rename ${unasked} ${unchecked} ${INSTANCE} inst9.noded.test`);
        expect(await cluster.field('inst9', 'name')).to.equal('inst9.noded.test');
        if (hasDisks) await cluster.gnt('instance startup inst9.noded.test');
      });

      it('leaves nothing to complain about', () => cluster.verify());

      it('removes it', async () => {
        await cluster.gnt('instance remove -f inst9.noded.test');
        expect(await cluster.gnt('instance list --no-headers -o name')).to.equal('');
      });
    });
}

function running(cluster: TestCluster): void {
  it('stops and starts it', async () => {
    await cluster.gnt(`instance shutdown ${INSTANCE}`);
    expect(await cluster.field('inst1', 'status')).to.equal('ADMIN_down');
    await cluster.gnt(`instance startup ${INSTANCE}`);
    expect(await cluster.field('inst1', 'status')).to.equal('running');
  });

  for (const type of ['soft', 'hard', 'full'])
    it(`reboots it (${type})`, async () => {
      await cluster.gnt(`instance reboot --type=${type} ${INSTANCE}`);
      expect(await cluster.field('inst1', 'status')).to.equal('running');
    });

  it('opens a shell on its console', async () => {
    const console = `echo "ls /ganeti-chroot; exit" | timeout 60 gnt-instance console ${INSTANCE}`;
    expect(await cluster.sh('node1', console)).to.contain('/ganeti-chroot');
  });

  it('is brought back by the watcher when it has died', async () => {
    await cluster.sh('node2', `fuser -k -m ${ROOT} || true`);
    expect(await cluster.field('inst1', 'status')).to.equal('ERROR_down');
    await cluster.on('node1', '/usr/sbin/ganeti-watcher', '--debug', '--ignore-pause');
    expect(await cluster.field('inst1', 'status')).to.equal('running');
  });
}

function disks(cluster: TestCluster, template: string): void {
  const another = `add:size=32M${template === 'ext' ? ',provider=loopfile' : ''}`;

  it('adds a disk to it and removes it again, running', async () => {
    await cluster.gnt(`instance modify ${cluster.options.hotplug} --disk ${another} ${INSTANCE}`);
    expect(await cluster.field('inst1', 'disk.count')).to.equal('2');
    expect(await cluster.on('node2', 'ls', `${ROOT}/dev/ganeti`)).to.match(/^[0-9a-f-]{36}\s*$/);
    await cluster.gnt(`instance modify ${cluster.options.hotplug} --disk remove ${INSTANCE}`);
    expect(await cluster.on('node2', 'ls', `${ROOT}/dev/ganeti`)).to.equal('');
    expect(await cluster.field('inst1', 'status')).to.equal('running');
  });

  it('grows its disk', async () => {
    await cluster.gnt(`instance grow-disk ${INSTANCE} 0 16M`);
    expect(await cluster.field('inst1', 'disk.size/0')).to.match(/80/);
  });

  it('adds a disk to it and removes it again, stopped', async () => {
    await cluster.gnt(`instance shutdown ${INSTANCE}`);
    await cluster.gnt(`instance modify --disk ${another} ${INSTANCE}`);
    await cluster.gnt(`instance modify --disk remove ${INSTANCE}`);
    expect(await cluster.field('inst1', 'disk.count')).to.equal('1');
  });

  it('recreates its disks and installs it again', async () => {
    // Ganeti makes new disks only where the old ones are gone.
    const old = `/srv/ganeti/*file-storage/${INSTANCE}/* /srv/ganeti/shared-file-storage/loopfile/*`;
    await cluster.sh('node2', `rm -f ${old}`);
    await cluster.gnt(`instance recreate-disks ${INSTANCE}`);
    await cluster.gnt(`instance reinstall -f ${INSTANCE}`);
    await cluster.gnt(`instance startup ${INSTANCE}`);
    expect(await cluster.field('inst1', 'status')).to.equal('running');
  });
}

function copies(cluster: TestCluster, template: string): void {
  it('exports it, and imports it under another name', async () => {
    await cluster.gnt(`backup export --long-sleep -n node3.noded.test ${INSTANCE}`);
    expect(await cluster.gnt('backup list')).to.contain(INSTANCE);
    // The export brings its OS along; the disk has grown meanwhile.
    const options = cluster
      .addOptions(template, 'node1')
      .replace('-o busybox+default', '')
      .replace('size=64M', 'size=80M');
    const source = `--src-node=node3.noded.test --src-dir=${INSTANCE}`;
    await cluster.gnt(`backup import ${source} ${options} inst2.noded.test`);
    expect(await cluster.field('inst2', 'status')).to.equal('ADMIN_down');
    await cluster.gnt('instance startup inst2.noded.test');
    expect(await cluster.field('inst2', 'status')).to.equal('running');
    await cluster.gnt('instance remove -f inst2.noded.test');
    await cluster.gnt(`backup remove ${INSTANCE}`);
  });
}

function moves(cluster: TestCluster, isMirrored: boolean): void {
  const verb = isMirrored ? 'failover' : 'move';
  it(`comes to another node by ${verb}`, async () => {
    await cluster.gnt(`instance ${verb} -f -n node3.noded.test ${INSTANCE}`);
    expect(await cluster.field('inst1', 'pnode')).to.equal('node3.noded.test');
  });
}
