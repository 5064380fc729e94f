import { readdir, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { ChrootFixture } from '../../../support/fakes/chroot-fixture.js';
import { failureOf } from '../../storage/fixtures.js';

const STOP = '/ganeti-chroot stop';
const GROUP = 'instance-inst1';

describe('ChrootManager.stopInstance', () => {
  let fixture: ChrootFixture;
  beforeEach(async () => {
    fixture = await ChrootFixture.create();
    await fixture.runs();
  });
  afterEach(() => fixture.remove());

  it('runs the script that started the instance, with what is left of the time, then SIGTERM', async () => {
    const instance = fixture.instance({ hvparams: { init_script: '/etc/rc' } });
    await fixture.manager.stopInstance(instance, { timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal(['/etc/rc stop', 'signal SIGTERM']);
    const [{ argv, options } = { argv: [], options: undefined }] = fixture.commands.runs;
    expect(argv).to.deep.equal(['chroot', fixture.root(), '/etc/rc', 'stop']);
    expect(options?.timeoutMs).to.equal(700);
    expect(options?.cgroupProcs).to.deep.equal([`/cgroup/parent/${GROUP}/cgroup.procs`]);
  });

  it('signals the users of the mount and the members of the control group', async () => {
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 700 });
    expect(fixture.processes.signals).to.deep.equal([
      {
        whose: {
          root: fixture.root(),
          group: `/cgroup/parent/${GROUP}`,
          rootsDir: fixture.rootDir,
        },
        signal: 'SIGTERM',
      },
    ]);
  });

  it('runs the script once only: a retry is SIGTERM alone', async () => {
    await fixture.manager.stopInstance(fixture.instance(), { isRetry: true, timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal(['signal SIGTERM']);
  });

  it('signals nobody when the script has ended them all', async () => {
    fixture.onScript = () => {
      fixture.processes.users.clear();
    };
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal([STOP]);
  });

  it('has no script run for which there is no time', async () => {
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 0 });
    expect(fixture.journal.events).to.deep.equal(['signal SIGTERM']);
  });

  it('runs nothing in a root that is not mounted any more', async () => {
    fixture.mounts.remove(fixture.root());
    fixture.cgroups.populated.add(GROUP);
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal(['signal SIGTERM']);
  });

  it('goes on when the script fails, and logs why', async () => {
    fixture.failProgram(STOP, { exitCode: 3, stderr: 'no such service\n' });
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal([STOP, 'signal SIGTERM']);
    expect(fixture.logged).to.deep.equal([
      {
        level: 'warn',
        message: 'chroot stop script failed',
        instance: 'inst1',
        reason: 'no such service',
      },
    ]);
  });

  it("gives a control group to an instance that Ganeti's own daemon has started", async () => {
    fixture.cgroups.existing.clear();
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 700 });
    expect(fixture.journal.events.slice(0, 2)).to.deep.equal([`create group ${GROUP}`, STOP]);
  });

  it('goes on when nothing can be logged, on a full disk for instance', async () => {
    await writeFile(fixture.logDir, 'no directory');
    await fixture.manager.stopInstance(fixture.instance(), { timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal([STOP, 'signal SIGTERM']);
    expect(fixture.logged[0]).to.include({ message: 'chroot stop script runs without a log' });
  });

  it('does not wait for processes that ignore SIGTERM: that is for the caller', async () => {
    fixture.processes.ignored.add('SIGTERM');
    await fixture.manager.stopInstance(fixture.instance(), { isRetry: true });
    expect(await fixture.manager.isLive('inst1')).to.be.true;
  });

  it('kills at once when forced', async () => {
    await fixture.manager.stopInstance(fixture.instance(), { isForced: true, timeoutMs: 700 });
    expect(fixture.journal.events).to.deep.equal([`kill group ${GROUP}`, 'signal SIGKILL']);
    expect(await fixture.manager.isLive('inst1')).to.be.false;
  });

  it('fails when processes survive SIGKILL, and names them', async () => {
    fixture.processes.ignored.add('SIGKILL');
    const stopping = fixture.manager.stopInstance(fixture.instance(), { isForced: true });
    const error = await failureOf(stopping);
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal(
      "Can't stop the processes using the chroot; still there: 4711 (root)",
    );
    expect(error).to.have.deep.property('data', { processes: [4711] });
  });

  it('does nothing for an instance that does not run', async () => {
    for (const isForced of [false, true])
      await fixture.manager.stopInstance(fixture.instance({ name: 'inst2' }), { isForced });
    expect(fixture.journal.events).to.deep.equal([]);
  });

  it('leaves the neighbour alone whose name only begins alike', async () => {
    await fixture.runs('inst10');
    await fixture.manager.stopInstance(fixture.instance(), { isForced: true });
    expect(await fixture.manager.listInstances()).to.deep.equal(['inst10']);
  });
});

describe('ChrootManager.cleanupInstance', () => {
  let fixture: ChrootFixture;
  beforeEach(async () => {
    fixture = await ChrootFixture.create();
    await fixture.runs();
    fixture.processes.users.clear();
  });
  afterEach(() => fixture.remove());

  it('unmounts the root and removes its directory and its control group', async () => {
    await fixture.manager.cleanupInstance('inst1', []);
    expect(fixture.journal.events).to.deep.equal(['unmount', `remove group ${GROUP}`]);
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
    expect(await fixture.rootNames()).to.deep.equal([]);
  });

  it('unmounts what is mounted below as well, and nothing of a neighbour', async () => {
    fixture.mounts.add(fixture.root('inst10')).add(`${fixture.root()}/proc`);
    await fixture.manager.cleanupInstance('inst1', []);
    expect(fixture.journal.events).to.include('unmount');
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root('inst10')]);
  });

  it('does nothing twice, and nothing for an instance that never was', async () => {
    await fixture.manager.cleanupInstance('inst1', []);
    await fixture.manager.cleanupInstance('inst1', []);
    await fixture.manager.cleanupInstance('never', []);
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
  });

  it('fails while its control group has processes, and touches nothing', async () => {
    fixture.cgroups.populated.add(GROUP);
    const error = await failureOf(fixture.manager.cleanupInstance('inst1', []));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal('Processes are still using the chroot');
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });

  for (const where of ['below', 'over the root'])
    it(`fails while processes use it and something is mounted ${where}, and touches nothing`, async () => {
      const second = where === 'below' ? `${fixture.root()}/proc` : fixture.root();
      fixture.mounts.add(second);
      fixture.addUser();
      const error = await failureOf(fixture.manager.cleanupInstance('inst1', []));
      expect(error.message).to.equal('Processes are still using the chroot');
      expect(fixture.mounts.mountPoints).to.have.members([fixture.root(), second]);
    });

  it('fails when the root stays mounted, and says why', async () => {
    fixture.leaveMounted();
    const error = await failureOf(fixture.manager.cleanupInstance('inst1', []));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal(`Can't umount the chroot dir: ${fixture.root()}: EBUSY`);
    expect([...fixture.cgroups.existing]).to.deep.equal([GROUP]);
  });

  it('keeps what somebody has put into the directory', async () => {
    await writeFile(`${fixture.root()}/left`, '');
    await fixture.manager.cleanupInstance('inst1', []);
    expect(await readdir(fixture.root())).to.deep.equal(['left']);
  });
});

describe('ChrootManager.rebootInstance', () => {
  let fixture: ChrootFixture;
  beforeEach(async () => {
    fixture = await ChrootFixture.create();
    await fixture.runs();
  });
  afterEach(() => fixture.remove());

  function reboot(timeoutMs = 700): Promise<void> {
    return fixture.manager.rebootInstance(fixture.instance(), { timeoutMs });
  }

  it('stops and starts; the root stays mounted', async () => {
    await reboot();
    expect(fixture.journal.events).to.deep.equal([STOP, 'signal SIGTERM', '/ganeti-chroot start']);
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });

  it('unmounts what the instance has mounted below its root', async () => {
    fixture.mounts.add(`${fixture.root()}/proc`);
    await reboot();
    expect(fixture.journal.events.slice(-2)).to.deep.equal([
      'unmount below',
      '/ganeti-chroot start',
    ]);
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });

  it('kills what does not end by itself in time', async () => {
    fixture.processes.ignored.add('SIGTERM');
    await reboot(20);
    expect(fixture.journal.after('signal SIGTERM')).to.deep.equal([
      `kill group ${GROUP}`,
      'signal SIGKILL',
      '/ganeti-chroot start',
    ]);
  });

  it('starts nothing while processes survive', async () => {
    fixture.processes.ignored.add('SIGTERM').add('SIGKILL');
    expect((await failureOf(reboot(20))).message).to.match(/^Can't stop the processes/);
    expect(fixture.journal.events).not.to.include('/ganeti-chroot start');
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });

  it('leaves nothing behind when the script does not start it again', async () => {
    fixture.failProgram('/ganeti-chroot start', { exitCode: 1, stderr: 'broken\n' });
    fixture.onScript = (verb) => {
      if (verb === 'start') fixture.addUser();
    };
    expect((await failureOf(reboot())).message).to.equal(
      "Can't run the chroot start script: broken",
    );
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
    expect([...fixture.processes.users.keys()]).to.deep.equal([]);
    expect([...fixture.cgroups.existing]).to.deep.equal([]);
    expect(await fixture.rootNames()).to.deep.equal([]);
  });

  it('cleans up when a mount below the root stays', async () => {
    fixture.mounts.add(`${fixture.root()}/proc`);
    fixture.leftovers.set('unmount below', [{ mountPoint: '/x', reason: 'EBUSY' }]);
    expect((await failureOf(reboot())).message).to.equal("Can't umount the chroot dir: /x: EBUSY");
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
  });

  it('fails without a script before anything is stopped', async () => {
    const instance = fixture.instance({ hvparams: {} });
    await failureOf(fixture.manager.rebootInstance(instance, { timeoutMs: 700 }));
    expect(fixture.journal.events).to.deep.equal([]);
  });
});
