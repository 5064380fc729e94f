import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { addOptions, gnt, instanceField, on, testcluster, useMaster } from './support.js';

/** What the stock daemon's nodes are complained about as well, on machines whose kernel lacks it. */
const KNOWN_COMPLAINT = /sysrq-trigger/;

/** Which steps a disk template rules out for every hypervisor. */
const TEMPLATES = [
  { template: 'file', canRun: true, hasDisks: true, isMirrored: false },
  { template: 'sharedfile', canRun: true, hasDisks: true, isMirrored: true },
  { template: 'ext', canRun: true, hasDisks: true, isMirrored: true },
  { template: 'diskless', canRun: false, hasDisks: false, isMirrored: true },
];

describe('a cluster on chroot-noded alone', function () {
  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    await testcluster('up', '--nodes', '3');
  });
  after(async function () {
    if (this.currentTest?.isFailed() === true) console.error(await testcluster('logs', 'node1'));
    await testcluster('down');
  });

  it('runs no node daemon but ours', async () => {
    for (const node of ['node1', 'node2', 'node3'])
      expect(
        await on(
          node,
          'sh',
          '-c',
          'tr "\\0" " " </proc/$(cat /run/ganeti/ganeti-noded.pid)/cmdline; cat /proc/$(cat /run/ganeti/ganeti-noded.pid)/maps | grep -c node',
        ),
      ).to.match(/ganeti-noded/);
  });

  it('passes gnt-cluster verify', verifyCluster);

  for (const { template, canRun, hasDisks, isMirrored } of TEMPLATES)
    describe(`with an instance on ${template}`, () => {
      it('adds it', async () => {
        await gnt(`instance add ${addOptions(template, 'node2')} inst1.noded.test`);
        expect(await instanceField('inst1', 'status')).to.equal(canRun ? 'running' : 'ADMIN_down');
      });

      if (canRun) {
        it('stops and starts it', async () => {
          await gnt('instance shutdown inst1.noded.test');
          expect(await instanceField('inst1', 'status')).to.equal('ADMIN_down');
          await gnt('instance startup inst1.noded.test');
          expect(await instanceField('inst1', 'status')).to.equal('running');
        });

        for (const type of ['soft', 'hard', 'full'])
          it(`reboots it (${type})`, async () => {
            await gnt(`instance reboot --type=${type} inst1.noded.test`);
            expect(await instanceField('inst1', 'status')).to.equal('running');
          });

        it('opens a shell on its console', async () => {
          const output = await on(
            'node1',
            'sh',
            '-c',
            'echo "ls /ganeti-chroot; exit" | timeout 60 gnt-instance console inst1.noded.test',
          );
          expect(output).to.contain('/ganeti-chroot');
        });
      }

      it('tells about it', async () => {
        const state = canRun ? 'up' : 'down';
        expect(await gnt('instance info inst1.noded.test')).to.contain(`actual state is ${state}`);
      });

      if (canRun && hasDisks) {
        it('adds a disk to it and removes it again, running', async () => {
          const provider = template === 'ext' ? ',provider=loopfile' : '';
          await gnt(`instance modify --hotplug --disk add:size=32M${provider} inst1.noded.test`);
          expect(await instanceField('inst1', 'disk.count')).to.equal('2');
          expect(
            await on('node2', 'ls', '/run/ganeti/chroot-hypervisor/inst1.noded.test/dev/ganeti'),
          ).to.match(/^[0-9a-f-]{36}\s*$/);
          await gnt('instance modify --hotplug --disk remove inst1.noded.test');
          expect(await instanceField('inst1', 'status')).to.equal('running');
        });

        it('grows its disk', async () => {
          await gnt('instance grow-disk inst1.noded.test 0 16M');
          expect(await instanceField('inst1', 'disk.size/0')).to.match(/80/);
        });

        it('is brought back by the watcher when it has died', async () => {
          await on(
            'node2',
            'sh',
            '-c',
            'fuser -k -m /run/ganeti/chroot-hypervisor/inst1.noded.test || true',
          );
          expect(await instanceField('inst1', 'status')).to.equal('ERROR_down');
          await on('node1', '/usr/sbin/ganeti-watcher', '--debug', '--ignore-pause');
          expect(await instanceField('inst1', 'status')).to.equal('running');
        });

        it('adds a disk to it and removes it again, stopped', async () => {
          await gnt('instance shutdown inst1.noded.test');
          const provider = template === 'ext' ? ',provider=loopfile' : '';
          await gnt(`instance modify --disk add:size=32M${provider} inst1.noded.test`);
          await gnt('instance modify --disk remove inst1.noded.test');
          expect(await instanceField('inst1', 'disk.count')).to.equal('1');
        });

        it('recreates its disks and installs it again', async () => {
          // Ganeti makes new disks only where the old ones are gone.
          await on(
            'node2',
            'sh',
            '-c',
            'rm -f /srv/ganeti/*file-storage/inst1.noded.test/*; rm -f /srv/ganeti/shared-file-storage/loopfile/*',
          );
          await gnt('instance recreate-disks inst1.noded.test');
          await gnt('instance reinstall -f inst1.noded.test');
          await gnt('instance startup inst1.noded.test');
          expect(await instanceField('inst1', 'status')).to.equal('running');
        });

        it('exports it, and imports it under another name', async () => {
          await gnt('backup export --long-sleep -n node3.noded.test inst1.noded.test');
          expect(await gnt('backup list')).to.contain('inst1.noded.test');
          // The disk has grown meanwhile.
          const imported = addOptions(template, 'node1')
            .replace('-o busybox+default', '')
            .replace('size=64M', 'size=80M');
          await gnt(
            `backup import --src-node=node3.noded.test --src-dir=inst1.noded.test ${imported} inst2.noded.test`,
          );
          expect(await instanceField('inst2', 'status')).to.equal('ADMIN_down');
          await gnt('instance startup inst2.noded.test');
          await gnt('instance remove -f inst2.noded.test');
          await gnt('backup remove inst1.noded.test');
        });
      }

      if (isMirrored)
        it('fails over', async () => {
          await gnt('instance failover -f -n node3.noded.test inst1.noded.test');
          expect(await instanceField('inst1', 'pnode')).to.equal('node3.noded.test');
        });
      else
        it('moves', async () => {
          await gnt('instance move -f -n node3.noded.test inst1.noded.test');
          expect(await instanceField('inst1', 'pnode')).to.equal('node3.noded.test');
        });

      it('renames it', async () => {
        if (canRun) await gnt('instance shutdown inst1.noded.test');
        await gnt(
          'instance rename -f --no-ip-check --no-name-check inst1.noded.test inst9.noded.test',
        );
        expect(await instanceField('inst9', 'name')).to.equal('inst9.noded.test');
        if (canRun) await gnt('instance startup inst9.noded.test');
      });

      it('leaves nothing to complain about', verifyCluster);

      it('removes it', async () => {
        await gnt('instance remove -f inst9.noded.test');
        expect(await gnt('instance list --no-headers -o name')).to.equal('');
      });
    });

  describe('its nodes', () => {
    it('go offline and come back', async () => {
      await gnt('node modify --offline=yes node3.noded.test');
      await gnt('node modify -f --offline=no node3.noded.test');
    });

    it('are drained, demoted and promoted', async () => {
      await gnt('node modify --drained=yes node3.noded.test');
      await gnt('node modify --drained=no node3.noded.test');
      await gnt('node modify --master-candidate=no node3.noded.test');
      await gnt('node modify --master-candidate=yes node3.noded.test');
      await verifyCluster();
    });

    it('are evacuated', async () => {
      await gnt(`instance add ${addOptions('sharedfile', 'node2')} inst1.noded.test`);
      await gnt('node evacuate -f -p -n node3.noded.test node2.noded.test').catch(async () =>
        gnt('node failover -f node2.noded.test'),
      );
      await gnt('instance remove -f inst1.noded.test');
    });
  });

  describe('the cluster itself', () => {
    it('distributes its configuration', () => gnt('cluster redist-conf'));

    it('renews its certificates', async () => {
      await gnt(
        'cluster renew-crypto --new-cluster-certificate --new-rapi-certificate --new-confd-hmac-key --new-cluster-domain-secret -f',
      );
      await gnt('cluster renew-crypto --new-node-certificates -f');
      await verifyCluster();
    });

    it('drains its queue and opens it again', async () => {
      await gnt('cluster queue drain');
      expect(await gnt('cluster queue info')).to.contain('set');
      await gnt('cluster queue undrain');
    });

    it('runs hooks', async () => {
      for (const node of ['node1', 'node2'])
        await on(
          node,
          'sh',
          '-c',
          'mkdir -p /etc/ganeti/hooks/cluster-verify-post.d; printf "#!/bin/sh\\necho ran on \\$(hostname) >>/tmp/hook\\n" >/etc/ganeti/hooks/cluster-verify-post.d/mark; chmod 755 /etc/ganeti/hooks/cluster-verify-post.d/mark',
        );
      await verifyCluster();
      expect(await on('node2', 'cat', '/tmp/hook')).to.contain('ran on node2');
    });

    it('diagnoses operating systems', async () => {
      expect(await gnt('os diagnose')).to.contain('busybox');
      expect(await gnt('os list')).to.contain('busybox+default');
    });

    it('runs restricted commands', async () => {
      for (const node of ['node2', 'node3'])
        await on(
          node,
          'sh',
          '-c',
          'mkdir -p -m 755 /etc/ganeti/restricted-commands; printf "#!/bin/sh\\necho restricted works\\n" >/etc/ganeti/restricted-commands/hello; chmod 755 /etc/ganeti/restricted-commands/hello',
        );
      expect(await gnt('node restricted-command hello node2.noded.test')).to.contain(
        'restricted works',
      );
    });

    it('changes its master', async () => {
      await on('node2', 'sh', '-c', 'gnt-cluster master-failover </dev/null');
      useMaster('node2');
      await verifyCluster();
      await on('node1', 'sh', '-c', 'gnt-cluster master-failover </dev/null');
      useMaster('node1');
    });

    it('passes burnin on file', async () => {
      await testcluster('burnin', 'file');
    });

    it('passes burnin on sharedfile', async () => {
      await testcluster('burnin', 'sharedfile');
    });

    for (const node of ['node3', 'node2'])
      it(`removes ${node}, whose daemon ends with that`, async () => {
        await gnt(`node remove ${node}.noded.test`);
        expect(await gnt('node list --no-headers -o name')).not.to.contain(node);
        expect(await on(node, 'sh', '-c', 'pgrep -x ganeti-noded || echo none')).to.equal('none\n');
      });

    it('is destroyed', async () => {
      await gnt('cluster destroy --yes-do-it');
    });
  });
});

async function verifyCluster(): Promise<void> {
  const output = await gnt('cluster verify').catch(
    (error: unknown) => (error as { output: string }).output,
  );
  const complaints = output
    .split('\n')
    .filter((line) => line.includes('ERROR') && !KNOWN_COMPLAINT.test(line));
  expect(complaints).to.deep.equal([]);
}
