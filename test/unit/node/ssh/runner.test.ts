import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { runSsh, type SshParts } from '../../../../src/node/ssh/runner.js';
import { FakeCommands } from '../fixtures.js';

const COMMON = [
  ...['ssh', '-oEscapeChar=none', '-oHashKnownHosts=no'],
  ...['-oGlobalKnownHostsFile=/var/lib/ganeti/known_hosts', '-oUserKnownHostsFile=/dev/null'],
  ...['-oCheckHostIp=no', '-oConnectTimeout=10'],
];

describe('runSsh', () => {
  let commands: FakeCommands;
  beforeEach(() => {
    commands = new FakeCommands();
  });

  function runner({ isIpv6 = false, nodeRoot = undefined as string | undefined } = {}): SshParts {
    return {
      commands,
      ssconf: { isIpv6: () => isIpv6, sshPorts: () => new Map([['node2', 2222]]) },
      nodeRoot,
      dataDir: '/var/lib/ganeti',
    };
  }

  it('logs in as root, strict about the cluster’s host key when asked to be', async () => {
    await runSsh(runner(), 'node2', 'hostname', { timeoutMs: 1, hostKeyOf: 'cluster' });
    expect(commands.asked[0]?.argv).to.deep.equal([
      ...COMMON,
      ...['-oHostKeyAlias=cluster', '-oPort=2222', '-oBatchMode=yes'],
      ...['-oStrictHostKeyChecking=yes', '-4', 'root@node2', 'hostname'],
    ]);
  });

  it('passes input on, and takes the usual port and IPv6 where they are used', async () => {
    await runSsh(runner({ isIpv6: true }), 'node3', '/bin/x', { timeoutMs: 7, input: '{}' });
    expect(commands.asked[0]?.argv.slice(COMMON.length)).to.deep.equal([
      ...['-oPort=22', '-oBatchMode=yes', '-oStrictHostKeyChecking=no'],
      ...['-6', 'root@node3', '/bin/x'],
    ]);
    expect(commands.asked[0]?.options).to.deep.equal({ timeoutMs: 7, input: '{}' });
  });

  it('tells a virtual node which one it is', async () => {
    await runSsh(runner({ nodeRoot: '/srv/v c/node1' }), 'node2', 'hostname', { timeoutMs: 1 });
    expect(commands.asked[0]?.argv.slice(-3)).to.deep.equal([
      "export GANETI_ROOTDIR='/srv/v c/node2';",
      'export GANETI_HOSTNAME=node2;',
      'hostname',
    ]);
  });
});
