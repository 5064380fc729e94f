import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { it } from 'mocha';
import type { Instance } from '../../../../src/generated/objects.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { countMounts, processesIn } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const ROUNDS = 8;
/** A bit slow, so that there are many moments in which the daemon can be killed. */
const SCRIPT = `#!/bin/sh
sleep 0.05
case $1 in
  start) mount -t tmpfs none /mnt; sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid; sleep 0.05 ;;
  stop) kill "$(cat /tmp/pid)"; sleep 0.05 ;;
esac
`;

describeAsRoot('a daemon that is killed in the middle of', function () {
  const node = useNode();

  /** Does `act`, and has the daemon killed some milliseconds later, and started again. */
  async function killDuring(act: () => Promise<unknown>, afterMs: number): Promise<void> {
    const cut = act().catch(() => undefined);
    await delay(afterMs);
    await node().stopDaemon('SIGKILL');
    await cut;
    await node().startDaemon();
  }

  /** What the daemon says must be what is so: neither more nor less than the processes that there are. */
  async function expectTruth(): Promise<void> {
    await eventually(async () => {
      const isRunning = (await node().running()).length > 0;
      return isRunning === processesIn(node().root('inst1')).length > 0;
    });
  }

  /** From wherever it is, it can be started, and then it runs once; and stopped, and then nothing is left. */
  async function expectRetriesWork(instance: Instance): Promise<void> {
    await expectTruth();
    // What the dead daemon had begun may go on for a moment: the disk is in use then, or the script at work.
    await eventually(
      async () =>
        (await node()
          .start(instance)
          .catch(() => 'busy')) === null,
    );
    await eventually(() => processesIn(node().root('inst1')).length === 1);
    expect(countMounts(node().root('inst1'))).to.be.within(1, 2);
    await node().shutdown(instance);
    expect(node().leftovers()).to.deep.equal([]);
    const reasons = join(node().stateDir, 'run/instance-reason');
    expect((await readdir(reasons)).filter((name) => name.endsWith('.new'))).to.deep.equal([]);
  }

  it('a start', async function () {
    this.timeout(300_000);
    const instance = await node().makeDisk('inst1', { script: SCRIPT });
    for (let round = 0; round < ROUNDS; round++) {
      await killDuring(() => node().start(instance), round * 27);
      await expectRetriesWork(instance);
    }
  });

  it('a stop', async function () {
    this.timeout(300_000);
    const instance = await node().makeDisk('inst1', { script: SCRIPT });
    for (let round = 0; round < ROUNDS; round++) {
      await node().start(instance);
      await killDuring(() => node().shutdown(instance), round * 30);
      await expectTruth();
      await node().shutdown(instance);
      expect(node().leftovers()).to.deep.equal([]);
    }
  });

  it('a reboot', async function () {
    this.timeout(300_000);
    const instance = await node().makeDisk('inst1', { script: SCRIPT });
    for (let round = 0; round < ROUNDS; round++) {
      await node().start(instance);
      const type = round % 2 === 0 ? 'soft' : 'hard';
      await killDuring(() => node().call('instance_reboot', [instance, type, 10, []]), round * 25);
      await expectRetriesWork(instance);
    }
  });

  it('making and removing a disk', async function () {
    this.timeout(300_000);
    const disk = node().disk('inst2');
    const directory = join(node().stateDir, 'file-storage/inst2');
    await node().call('file_storage_dir_create', [directory]);
    for (let round = 0; round < 6; round++) {
      await killDuring(
        () => node().call('blockdev_create', [disk, 8, 'inst2', true, '', false]),
        round,
      );
      expect((await readdir(directory)).filter((name) => !/^(disk0|\.noded-.*\.new)$/.test(name)))
        .to.be.empty;
      await killDuring(() => node().call('blockdev_remove', [disk]), round);
      await node().call('blockdev_remove', [disk]);
      await node().call('blockdev_create', [disk, 8, 'inst2', true, '', false]);
      expect(await node().call('blockdev_find', [disk])).to.be.an('object');
      await node().call('blockdev_remove', [disk]);
      expect(await readdir(directory)).to.deep.equal([]);
    }
  });
});
