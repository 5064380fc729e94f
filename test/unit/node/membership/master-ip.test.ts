import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { MasterNetwork } from '../../../../src/generated/objects.js';
import { MasterIp } from '../../../../src/node/membership/master-ip.js';
import {
  type HookOutcome,
  type LocalHooks,
  type LocalHooksParts,
  withLocalHooks,
} from '../../../../src/node/programs/local-hooks.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands, loggerTo, recordedParams } from '../fixtures.js';

const [[NETWORK]] = recordedParams('node_activate_master_ip') as [[MasterNetwork]];
const SCRIPTS = { standard: '/usr/lib/ganeti/tools/master-ip-setup', external: '/etc/own' };
const IP_ENV = {
  MASTER_NETDEV: 'eth0',
  MASTER_IP: '10.99.0.10',
  MASTER_NETMASK: '32',
  CLUSTER_IP_VERSION: '4',
};

describe('MasterIp', () => {
  let commands: FakeCommands;
  let hookRuns: [path: string, phase: string, env: Record<string, string>][];
  let outcomes: HookOutcome[];
  let logged: Record<string, unknown>[];
  let isOurs: boolean;
  let masterIp: MasterIp;
  beforeEach(() => {
    commands = new FakeCommands();
    [hookRuns, outcomes, logged, isOurs] = [[], [], [], true];
    const parts: LocalHooksParts = {
      scripts: {
        run: (path, phase, env) => {
          hookRuns.push([path, phase, { ...env }]);
          return Promise.resolve(outcomes);
        },
      },
      ssconf: { clusterName: () => 'cluster.lab.test', masterNode: () => 'node1.lab.test' },
      nodeNames: { own: () => Promise.resolve('node1.lab.test') },
      dataDir: '/var/lib/ganeti',
      logger: loggerTo(logged),
    };
    const hooks: LocalHooks = {
      around: (operation, work) => withLocalHooks(parts, operation, work),
    };
    const ownsAddress = () => Promise.resolve(isOurs);
    masterIp = new MasterIp({ scripts: SCRIPTS, hooks, commands, ownsAddress });
  });

  it('runs Ganeti’s script, or the administrator’s', async () => {
    await masterIp.activate(NETWORK, false);
    await masterIp.deactivate(NETWORK, true);
    expect(commands.asked.map(({ argv, options }) => [argv, options.env])).to.deep.equal([
      [[SCRIPTS.standard, 'start'], IP_ENV],
      [[SCRIPTS.external, 'stop'], IP_ENV],
    ]);
  });

  it('tells the script of IPv6', async () => {
    await masterIp.activate({ ...NETWORK, ip_family: 10 }, false);
    expect(commands.asked[0]?.options.env).to.include({ CLUSTER_IP_VERSION: '6' });
  });

  it('runs hooks before and after, with what hooks are told', async () => {
    await masterIp.activate(NETWORK, false);
    const common = {
      PATH: '/sbin:/bin:/usr/sbin:/usr/bin',
      GANETI_HOOKS_VERSION: '2',
      GANETI_OP_CODE: 'OP_CLUSTER_IP_TURNUP',
      GANETI_DATA_DIR: '/var/lib/ganeti',
      GANETI_HOOKS_PATH: 'master-ip-turnup',
      GANETI_CLUSTER: 'cluster.lab.test',
      GANETI_MASTER: 'node1.lab.test',
      GANETI_MASTER_NETDEV: 'eth0',
      GANETI_MASTER_IP: '10.99.0.10',
      GANETI_MASTER_NETMASK: '32',
      GANETI_CLUSTER_IP_VERSION: '4',
    };
    expect(hookRuns).to.deep.equal([
      ['master-ip-turnup', 'pre', { ...common, GANETI_HOOKS_PHASE: 'pre' }],
      [
        'master-ip-turnup',
        'post',
        {
          ...common,
          GANETI_HOOKS_PHASE: 'post',
          GANETI_POST_MASTER_NETDEV: 'eth0',
          GANETI_POST_MASTER_IP: '10.99.0.10',
          GANETI_POST_MASTER_NETMASK: '32',
          GANETI_POST_CLUSTER_IP_VERSION: '4',
        },
      ],
    ]);
  });

  it('does nothing when a hook before it fails', async () => {
    outcomes = [
      ['a', 2, ''],
      ['b', 1, 'not today'],
      ['c', 0, ''],
    ];
    const error = await failureOf(masterIp.activate(NETWORK, false));
    expect(error.message).to.equal('On node1.lab.test, hook b failed, output: not today');
    expect(commands.asked).to.be.empty;
  });

  it('only logs when a hook after it fails', async () => {
    commands.effect = () => {
      outcomes = [['b', 1, '']];
      return Promise.resolve();
    };
    await masterIp.deactivate(NETWORK, false);
    expect(logged).to.deep.equal([{ message: 'hook failed', script: 'b', output: '(no output)' }]);
  });

  it('fails as the script does, and runs no more hooks', async () => {
    Object.assign(commands, { exitCode: 1, stderr: 'Error: configured elsewhere\n' });
    const error = await failureOf(masterIp.activate(NETWORK, false));
    expect(error.message).to.equal(
      "Failed to start the master IP. Script return value: 1, output: 'Error: configured elsewhere'",
    );
    expect(hookRuns).to.have.lengthOf(1);
  });

  const change = { oldNetmask: 24, netmask: 32, address: '10.99.0.10', netdev: 'eth0' };

  it('changes the netmask: the new one first', async () => {
    await masterIp.changeNetmask(change);
    const where = ['dev', 'eth0', 'label', 'eth0:0'];
    expect(commands.asked.map(({ argv }) => argv)).to.deep.equal([
      ['ip', 'address', 'add', '10.99.0.10/32', ...where],
      ['ip', 'address', 'del', '10.99.0.10/24', ...where],
    ]);
  });

  it('leaves a netmask that stays, or of an address that is not ours', async () => {
    await masterIp.changeNetmask({ ...change, netmask: 24 });
    isOurs = false;
    expect((await failureOf(masterIp.changeNetmask(change))).message).to.equal(
      'The master IP address is not up, not attempting to change its netmask',
    );
    expect(commands.asked).to.be.empty;
  });

  it('says which half of the change failed', async () => {
    Object.assign(commands, { exitCode: 2, stderr: 'RTNETLINK answers: no\n' });
    expect((await failureOf(masterIp.changeNetmask(change))).message).to.equal(
      'Could not set the new netmask on the master IP address: RTNETLINK answers: no',
    );
  });
});
