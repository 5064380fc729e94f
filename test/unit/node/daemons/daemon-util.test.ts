import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { VirtualCluster } from '../../../../src/ganeti/virtual-cluster.js';
import { DaemonUtil } from '../../../../src/node/daemons/daemon-util.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands, loggerTo } from '../fixtures.js';

const PROGRAM = '/usr/lib/ganeti/daemon-util';

describe('DaemonUtil', () => {
  let commands: FakeCommands;
  let logged: Record<string, unknown>[];
  let daemons: DaemonUtil;
  beforeEach(() => {
    commands = new FakeCommands();
    logged = [];
    daemons = new DaemonUtil({
      program: PROGRAM,
      commands,
      virtual: new VirtualCluster({ nodeRoot: undefined }),
      logger: loggerTo(logged),
    });
  });

  it('starts the master, and says so when there is to be no vote', async () => {
    await daemons.startMaster(true);
    await daemons.startMaster(false);
    const yes = '--no-voting --yes-do-it';
    expect(commands.asked.map(({ argv }) => argv)).to.deep.equal([
      [PROGRAM, 'start-master'],
      [PROGRAM, 'start-master'],
    ]);
    expect(commands.asked.map(({ options }) => options.env)).to.deep.equal([
      { EXTRA_LUXID_ARGS: yes, EXTRA_WCONFD_ARGS: yes },
      { EXTRA_LUXID_ARGS: '', EXTRA_WCONFD_ARGS: '' },
    ]);
  });

  it('fails when the master does not start', async () => {
    Object.assign(commands, { exitCode: 1, stderr: 'no luxid\n' });
    expect((await failureOf(daemons.startMaster(false))).message).to.equal(
      "Can't start Ganeti master: no luxid",
    );
  });

  it('only logs when the master does not stop', async () => {
    commands.exitCode = 1;
    await daemons.stopMaster();
    expect(logged).to.have.lengthOf(1);
    expect(logged[0]).to.deep.include({ args: ['stop-master'] });
  });

  it('starts and stops the daemon that callers may name, and no other', async () => {
    expect(await daemons.ensure('ganeti-kvmd', true)).to.be.true;
    expect(await daemons.ensure('ganeti-kvmd', false)).to.be.true;
    expect(await daemons.ensure('ganeti-noded', false)).to.be.false;
    expect(commands.asked.map(({ argv }) => argv.slice(1))).to.deep.equal([
      ['check-and-start', 'ganeti-kvmd'],
      ['stop', 'ganeti-kvmd'],
    ]);
    commands.exitCode = 1;
    expect(await daemons.ensure('ganeti-kvmd', true)).to.be.false;
  });

  it('tells whether a daemon runs', async () => {
    expect(await daemons.isRunning('ganeti-wconfd')).to.be.true;
    commands.exitCode = 1;
    expect(await daemons.isRunning('ganeti-wconfd')).to.be.false;
  });
});
