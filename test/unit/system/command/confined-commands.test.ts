import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { CommandError } from '../../../../src/system/command/command.js';
import { ConfinedCommands } from '../../../../src/system/command/confined-commands.js';
import { processStat } from '../../../../src/system/proc/process-stat.js';
import { FakeCgroups } from '../../../support/fakes/fake-cgroups.js';
import { FakeCommands } from '../../../support/fakes/fake-commands.js';
import { Journal } from '../../../support/fakes/journal.js';
import { failureOf } from '../../storage/fixtures.js';

/** Names of groups of a daemon with this PID, which was started at some time. */
function programOf(pid: number, startTicks = processStat(pid)?.startTicks ?? 0): string {
  return `program-${pid}-${startTicks}`;
}

describe('ConfinedCommands.run', () => {
  const first = `${programOf(process.pid)}-1`;
  let journal: Journal;
  let cgroups: FakeCgroups;
  let commands: FakeCommands;
  let confined: ConfinedCommands;
  beforeEach(() => {
    journal = new Journal();
    cgroups = new FakeCgroups(journal);
    commands = new FakeCommands(async () => {
      await journal.note('run');
      return { stdout: 'said' };
    });
    confined = new ConfinedCommands({ commands, cgroups });
  });

  function run() {
    return confined.run(['program'], { timeoutMs: 5, cwd: '/' });
  }

  it('runs the program without a group where none can be made', async () => {
    cgroups.missing = 'Read-only file system';
    expect(await run()).to.include({ stdout: 'said' });
    expect(commands.runs[0]?.options).to.deep.equal({ timeoutMs: 5, cwd: '/' });
  });

  it('runs the program in a group of its own, and kills what it leaves behind', async () => {
    expect(await run()).to.include({ stdout: 'said' });
    expect(journal.events).to.deep.equal([
      `create group ${first}`,
      'run',
      `kill group ${first}`,
      `remove group ${first}`,
    ]);
    expect(commands.runs[0]?.options).to.deep.equal({
      timeoutMs: 5,
      cwd: '/',
      cgroupProcs: [`/cgroup/parent/${first}/cgroup.procs`],
    });
  });

  it('does so also when the program fails', async () => {
    commands.end = () => ({ exitCode: 1 });
    expect(await failureOf(run())).to.be.instanceOf(CommandError);
    expect(journal.events).to.include.members([`kill group ${first}`, `remove group ${first}`]);
  });

  it('runs nothing, and leaves nothing, when the group cannot be made', async () => {
    journal.fail(`create group ${first}`);
    await failureOf(run());
    expect(commands.runs).to.deep.equal([]);
    expect(journal.events).to.include(`remove group ${first}`);
  });

  it('has another group for each program', async () => {
    await Promise.all([run(), run()]);
    expect(journal.events).to.include(`create group ${programOf(process.pid)}-2`);
  });
});

describe('ConfinedCommands.endForsaken', () => {
  it('ends programs of daemons that are gone, also when their PID has been given out again', async () => {
    const cgroups = new FakeCgroups();
    const gone = spawnSync('true').pid;
    const living = [`${programOf(process.ppid)}-1`, 'instance-inst1', 'program-x-1'];
    const [own, other] = [process.pid, process.ppid].map(
      (pid) => processStat(pid)?.startTicks ?? 0,
    );
    const forsaken = [
      `${programOf(gone, 4711)}-3`,
      `${programOf(process.pid, Number(own) - 1)}-1`,
      `${programOf(process.ppid, Number(other) + 1)}-1`,
      // By a version that did not note when it was started.
      `program-${process.ppid}-1`,
    ];
    for (const name of [...living, ...forsaken]) cgroups.existing.add(name);
    const commands = new FakeCommands();
    await new ConfinedCommands({ commands, cgroups }).endForsaken();
    expect([...cgroups.existing]).to.deep.equal(living);
  });
});
