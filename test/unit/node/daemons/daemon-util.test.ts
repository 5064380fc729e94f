import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import {
  type DaemonUtilParts,
  ensureDaemon,
  isDaemonRunning,
  startMasterDaemons,
  stopMasterDaemons,
} from '../../../../src/node/daemons/daemon-util.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands, loggerTo } from '../fixtures.js';

const PROGRAM = '/usr/lib/ganeti/daemon-util';

describe('daemon-util', () => {
  let commands: FakeCommands;
  let logged: Record<string, unknown>[];
  let daemons: DaemonUtilParts;
  beforeEach(() => {
    commands = new FakeCommands();
    logged = [];
    daemons = {
      daemonUtil: PROGRAM,
      commands,
      nodeRoot: undefined,
      logger: loggerTo(logged),
    };
  });

  it('starts the master, and says so when there is to be no vote', async () => {
    await startMasterDaemons(daemons, true);
    await startMasterDaemons(daemons, false);
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
    expect((await failureOf(startMasterDaemons(daemons, false))).message).to.equal(
      "Can't start Ganeti master: no luxid",
    );
  });

  it('only logs when the master does not stop', async () => {
    commands.exitCode = 1;
    await stopMasterDaemons(daemons);
    expect(logged).to.have.lengthOf(1);
    expect(logged[0]).to.deep.include({ args: ['stop-master'] });
  });

  it('starts and stops the daemon that callers may name, and no other', async () => {
    expect(await ensureDaemon(daemons, 'ganeti-kvmd', true)).to.be.true;
    expect(await ensureDaemon(daemons, 'ganeti-kvmd', false)).to.be.true;
    expect(await ensureDaemon(daemons, 'ganeti-noded', false)).to.be.false;
    expect(commands.asked.map(({ argv }) => argv.slice(1))).to.deep.equal([
      ['check-and-start', 'ganeti-kvmd'],
      ['stop', 'ganeti-kvmd'],
    ]);
    commands.exitCode = 1;
    expect(await ensureDaemon(daemons, 'ganeti-kvmd', true)).to.be.false;
  });

  it('tells whether a daemon runs', async () => {
    expect(await isDaemonRunning(daemons, 'ganeti-wconfd')).to.be.true;
    commands.exitCode = 1;
    expect(await isDaemonRunning(daemons, 'ganeti-wconfd')).to.be.false;
  });
});
