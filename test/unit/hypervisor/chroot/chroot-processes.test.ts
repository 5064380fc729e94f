import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import type { ChrootProcesses } from '../../../../src/hypervisor/chroot/chroot-processes.js';
import { ChrootFixture } from '../../../support/fakes/chroot-fixture.js';
import { failureOf } from '../../storage/fixtures.js';

let fixture: ChrootFixture;
let processes: ChrootProcesses;
beforeEach(async () => {
  fixture = await ChrootFixture.create();
  processes = fixture.chrootProcesses;
});
afterEach(() => fixture.remove());

const VISITOR = { pid: 4711, use: 'root', isVisitor: true } as const;

describe('ChrootProcesses.group', () => {
  it('has a name that no file of the kernel has', () => {
    expect(processes.group('cgroup.procs').directory).to.equal(
      '/cgroup/parent/instance-cgroup.procs',
    );
  });

  it("refuses a name that would lead to somebody else's group", async () => {
    fixture.cgroups.populated.add('instance-a/../system.slice');
    for (const name of ['a/../system.slice', '..', ''])
      expect(() => processes.group(name)).to.throw(HypervisorError);
    expect(await failureOf(processes.isLive('a/../system.slice'))).to.be.instanceOf(
      HypervisorError,
    );
    expect(await failureOf(processes.kill('a/../system.slice'))).to.be.instanceOf(HypervisorError);
    expect(fixture.journal.events).to.deep.equal([]);
  });
});

describe('ChrootProcesses.liveAmong', () => {
  it('looks through the processes once, for those that no control group answers for', async () => {
    fixture.cgroups.populated.add('instance-inst1');
    fixture.addUser('inst3');
    expect(await processes.liveAmong(['inst1', 'inst2', 'inst3'])).to.deep.equal([
      'inst1',
      'inst3',
    ]);
    expect(fixture.processes.passes).to.deep.equal([
      [fixture.root('inst2'), fixture.root('inst3')],
    ]);
  });

  it('has no instance whose own processes are gone, even if others have come into its root', async () => {
    fixture.cgroups.existing.add('instance-inst1');
    fixture.processes.users.set(fixture.root(), [VISITOR]);
    expect(await processes.isLive('inst1')).to.be.false;
    expect(await processes.isOccupied('inst1')).to.be.true;
    fixture.processes.users.set(fixture.root(), [VISITOR, { pid: 4712, use: 'root' }]);
    expect(await processes.isLive('inst1')).to.be.true;
  });

  it("has each of Ganeti's own daemon, which has no control group, in whose root anybody is", async () => {
    fixture.processes.users.set(fixture.root(), [VISITOR]);
    expect(await processes.isLive('inst1')).to.be.true;
  });

  it('is empty for none', async () => {
    expect(await processes.liveAmong([])).to.deep.equal([]);
  });
});

describe('ChrootProcesses.kill', () => {
  it('kills the control group first, then who is left in the root', async () => {
    fixture.cgroups.populated.add('instance-inst1');
    fixture.addUser();
    await processes.kill('inst1');
    expect(fixture.journal.events).to.deep.equal(['kill group instance-inst1', 'signal SIGKILL']);
    expect(await processes.isLive('inst1')).to.be.false;
  });

  it('kills again who came meanwhile', async () => {
    fixture.addUser();
    const signal = fixture.processes.signal.bind(fixture.processes);
    fixture.processes.signal = async (whose, name) => {
      const signalled = await signal(whose, name);
      if (fixture.processes.signals.length === 1) fixture.addUser('inst1', 4712);
      return signalled;
    };
    await processes.kill('inst1');
    expect(fixture.processes.signals).to.have.length(2);
  });

  it('fails when some survive, and names five of them', async () => {
    fixture.processes.ignored.add('SIGKILL');
    const pids = [11, 12, 13, 14, 15, 16];
    const users = pids.map((pid) => ({ pid, use: 'map' as const }));
    fixture.processes.users.set(fixture.root(), users);
    const error = await failureOf(processes.kill('inst1'));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal(
      "Can't stop the processes using the chroot; still there: 11 (map), 12 (map), 13 (map), 14 (map), 15 (map)",
    );
    expect(error).to.have.deep.property('data', { processes: pids });
  });

  it('fails when they come and go faster than they are killed', async () => {
    fixture.cgroups.populated.add('instance-inst1');
    fixture.cgroups.immortal.add('instance-inst1');
    expect((await failureOf(processes.kill('inst1'))).message).to.equal(
      "Can't stop the processes using the chroot; they came and went",
    );
  });
});

describe('ChrootProcesses.kill, with others in the control group', () => {
  const STRAY = { pid: 17, command: 'cron', root: undefined, whose: 'of the node' };

  it('logs who stood where', async () => {
    fixture.cgroups.strays.set('instance-inst1', [STRAY]);
    await processes.kill('inst1');
    expect(fixture.logged).to.deep.equal([
      {
        level: 'warn',
        message: 'processes that are not its own were in the group of an instance',
        instance: 'inst1',
        processes: ['17 (cron, of the node)'],
      },
    ]);
  });

  it('fails, and names them, when they stay', async () => {
    fixture.cgroups.populated.add('instance-inst1');
    fixture.cgroups.immortal.add('instance-inst1');
    fixture.processes.strays.push(STRAY);
    expect((await failureOf(processes.kill('inst1'))).message).to.equal(
      "Can't stop the processes using the chroot; still there: 17 (cron, of the node)",
    );
  });
});

describe('ChrootProcesses.namingHolders', () => {
  const error = new HypervisorError('busy', { data: { a: 1 } });

  it('names who keeps a root busy, and whose files are too many', async () => {
    fixture.processes.holders.set(fixture.root(), {
      holders: [{ pid: 17, use: 'fd', command: 'tail' }],
      untold: ['instance-inst2'],
    });
    const named = await processes.namingHolders('inst1', error);
    expect(named.message).to.equal(
      'busy; used by 17 (tail, fd); instance-inst2 has too much open to look through all',
    );
    expect(named.data).to.deep.equal({ a: 1, processes: [17] });
  });

  it('is the failure as it was when nobody can be found', async () => {
    fixture.processes.holdersOf = () => Promise.reject(new Error('took too long'));
    expect(await processes.namingHolders('inst1', error)).to.equal(error);
  });
});

describe('ChrootProcesses.waitUntilDead', () => {
  it('is true as soon as none is left', async () => {
    expect(await processes.waitUntilDead('inst1', 0)).to.be.true;
    fixture.addUser();
    setTimeout(() => {
      fixture.processes.users.clear();
    }, 15);
    expect(await processes.waitUntilDead('inst1', 5_000)).to.be.true;
  });

  it('is false when the time is over', async () => {
    fixture.addUser();
    const begin = performance.now();
    expect(await processes.waitUntilDead('inst1', 25)).to.be.false;
    expect(performance.now() - begin).to.be.within(20, 500);
  });
});
