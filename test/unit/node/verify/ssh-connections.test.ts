import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type SshConnectionsParts,
  verifyConnections,
} from '../../../../src/node/verify/ssh-connections.js';
import { CommandError, type CommandRunner } from '../../../../src/system/command/command.js';

/** What each node prints; an error's message is what ssh prints when it fails. */
function connections(answers: Readonly<Record<string, string | Error>>) {
  const tried: [string, string | undefined][] = [];
  const commands: CommandRunner = {
    run: (argv, { timeoutMs }) => {
      const node = argv.at(-2)?.replace('root@', '') ?? '';
      const alias = argv.find((option) => option.startsWith('-oHostKeyAlias='));
      tried.push([node, alias?.slice('-oHostKeyAlias='.length)]);
      const answer = answers[node] ?? `${node}\n`;
      if (typeof answer === 'string') return Promise.resolve({ argv, stdout: answer, stderr: '' });
      const end = { exitCode: 255, signal: undefined, timedOut: false, cause: undefined };
      const result = { argv, stdout: '', stderr: answer.message };
      return Promise.reject(new CommandError(result, end, timeoutMs));
    },
  };
  const checks: SshConnectionsParts = {
    commands,
    ssconf: { isIpv6: () => false, sshPorts: () => new Map() },
    nodeRoot: undefined,
    dataDir: '/var/lib/ganeti',
    shuffle: (items) => [...items].reverse(),
  };
  return { tried, checks };
}

describe('verifyConnections', () => {
  const asked: [string[], Record<string, string[]>, string[]] = [
    ['n1.x', 'n2.x'],
    { 'n1.x': ['n3.x'], 'n2.x': ['n4.x'] },
    ['n1.x'],
  ];

  it('reaches the nodes for all and those for this one, in an order of chance', async () => {
    const { tried, checks } = connections({});
    expect(await verifyConnections(checks, asked, 'n1.x', 'cluster')).to.deep.equal({});
    expect(tried).to.deep.equal([
      ['n3.x', 'cluster'],
      ['n2.x', 'cluster'],
      ['n1.x', 'cluster'],
    ]);
  });

  it('says what is wrong with each', async () => {
    const { checks } = connections({
      'n1.x': 'n1\n',
      'n2.x': 'other.x\n',
      'n3.x': new Error('Host key verification failed.'),
    });
    expect(await verifyConnections(checks, asked, 'n1.x', 'cluster')).to.deep.equal({
      'n1.x': 'hostname not FQDN: expected n1.x but got n1',
      'n2.x': 'hostname mismatch: expected n2.x but got other.x',
      'n3.x': 'ssh problem: Host key verification failed.',
    });
  });

  it('says how a silent ssh ended, and that a name is missing', async () => {
    const { checks } = connections({ 'n1.x': new Error(''), 'n2.x': '\n' });
    expect(await verifyConnections(checks, asked, 'n1.x', 'cluster')).to.deep.equal({
      'n1.x': 'ssh problem: exited with exit code 255 (no output)',
      'n2.x': 'hostname mismatch: expected n2.x but got ',
    });
  });

  it('tries nothing on a node that is no master candidate', async () => {
    const { tried, checks } = connections({});
    expect(await verifyConnections(checks, asked, 'n2.x', 'cluster')).to.deep.equal({});
    expect(tried).to.be.empty;
  });
});
