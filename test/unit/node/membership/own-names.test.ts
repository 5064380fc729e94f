import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Ssconf, SsconfError } from '../../../../src/node/files/ssconf-reader.js';
import { allOwnNames } from '../../../../src/node/membership/own-names.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../../../src/system/command/command.js';
import type { CommandOptions } from '../../../../src/system/command/command-options.js';

const HOSTS: Readonly<Record<string, string>> = {
  '127.0.0.1': '127.0.0.1       localhost\n',
  '10.0.0.2': '10.0.0.2        node2.lab.test node2\n',
  '192.0.2.2': 'nonsense\n',
};

/** Looks addresses up in `HOSTS`. */
const resolver: CommandRunner = {
  run(argv: readonly [string, ...string[]], { timeoutMs }: CommandOptions): Promise<CommandResult> {
    expect(argv.slice(0, 3)).to.deep.equal(['getent', 'hosts', '--']);
    const stdout = HOSTS[argv[3] ?? ''];
    const result = { argv, stdout: stdout ?? '', stderr: '' };
    if (stdout !== undefined) return Promise.resolve(result);
    const end = { exitCode: 2, signal: undefined, timedOut: false, cause: undefined };
    return Promise.reject(new CommandError(result, end, timeoutMs));
  },
};

const CLUSTER = [
  { node: 'node1.lab.test', address: '10.0.0.1' },
  { node: 'second.lab.test', address: '10.0.0.2' },
  { node: 'node1.lab.test', address: '192.0.2.1' },
  { node: 'Other-Name', address: '192.0.2.2' },
];

function names({
  kernelName = 'node2',
  nodeAddresses = () => CLUSTER,
  nodeRoot,
  addresses = ['127.0.0.1', '10.0.0.2', '192.0.2.2', '198.51.100.1'],
}: {
  kernelName?: string;
  nodeAddresses?: Ssconf['nodeAddresses'];
  nodeRoot?: string;
  addresses?: string[];
}): Promise<string[]> {
  return allOwnNames({
    ssconf: { nodeAddresses },
    nodeRoot,
    network: { hostname: () => kernelName },
    commands: resolver,
    addresses: () => addresses,
  });
}

describe('allOwnNames', () => {
  it("has the host's name, those of the cluster, and what its addresses lead to, each once", async () => {
    expect(await names({})).to.deep.equal([
      'node2',
      'ganeti.example.com',
      'second.lab.test',
      'Other-Name',
      'localhost',
      'node2.lab.test',
    ]);
  });

  it('has names without a cluster, and without an address', async () => {
    const nodeAddresses = () => {
      throw new SsconfError('no file');
    };
    expect(await names({ nodeAddresses, addresses: [] })).to.deep.equal([
      'node2',
      'ganeti.example.com',
    ]);
  });

  it('begins with the name of the node in a virtual cluster', async () => {
    const [first] = await names({ nodeRoot: '/srv/vcluster/node7.lab.test' });
    expect(first).to.equal('node7.lab.test');
  });

  for (const wrong of [
    '',
    'a b',
    'a,DNS:evil',
    'x\nbasicConstraints=CA:TRUE',
    '*.test',
    '-a',
    'a..b',
    '$x',
  ])
    it(`leaves out ${JSON.stringify(wrong)}, which is no name`, async () => {
      const nodeAddresses = () => [{ node: wrong, address: '10.0.0.2' }];
      expect(await names({ kernelName: wrong, nodeAddresses })).not.to.include(wrong);
    });
});
