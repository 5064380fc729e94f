import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import {
  isMasterIpReached,
  type NetworkChecksParts,
  unreachableNodes,
} from '../../../../src/node/verify/network-checks.js';
import type { PingTarget } from '../../../../src/system/network/network.js';
import { FakeCommands } from '../fixtures.js';

const NODES: [string, string, string][] = [
  ['node1', '10.0.0.1', '10.1.0.1'],
  ['node2', '10.0.0.2', '10.1.0.2'],
  ['node3', '10.0.0.3', '10.0.0.3'],
];

describe('Checks of the network', () => {
  let commands: FakeCommands;
  let pinged: PingTarget[];
  let dead: string[];
  let checks: NetworkChecksParts;
  beforeEach(() => {
    commands = new FakeCommands();
    commands.exitCode = 2;
    [pinged, dead] = [[], []];
    checks = {
      commands,
      network: {
        answersTcp: (target) => {
          pinged.push(target);
          return Promise.resolve(!dead.includes(target.address));
        },
      },
    };
  });

  it('tries both addresses of each node, from our address of the same kind', async () => {
    expect(await unreachableNodes(checks, [NODES, ['node1']], 'node1')).to.deep.equal({});
    expect(pinged).to.have.deep.members([
      { address: '10.0.0.1', port: 1811, source: '10.0.0.1' },
      { address: '10.1.0.1', port: 1811, source: '10.1.0.1' },
      { address: '10.0.0.2', port: 1811, source: '10.0.0.1' },
      { address: '10.1.0.2', port: 1811, source: '10.1.0.1' },
      { address: '10.0.0.3', port: 1811, source: '10.0.0.1' },
    ]);
  });

  it('says which do not answer', async () => {
    dead = ['10.0.0.2', '10.1.0.2', '10.1.0.1', '10.0.0.3'];
    expect(await unreachableNodes(checks, [NODES, ['node1']], 'node1')).to.deep.equal({
      node1: 'failure using the secondary interface(s)',
      node2: 'failure using the primary and secondary interface(s)',
      node3: 'failure using the primary interface(s)',
    });
  });

  it('needs to know its own addresses', async () => {
    expect(await unreachableNodes(checks, [NODES, ['node4']], 'node4')).to.deep.equal({
      node4: "Can't find my own primary/secondary IP in the node list",
    });
  });

  it('tries nothing on a node that is no master candidate', async () => {
    expect(await unreachableNodes(checks, [NODES, ['node2']], 'node1')).to.deep.equal({});
    expect(await isMasterIpReached(checks, ['node1', '10.0.0.9', ['node2']], 'node1')).to.be.null;
    expect(pinged).to.be.empty;
  });

  it('tries the master’s address, on the master from inside', async () => {
    commands.exitCode = 0;
    commands.stdout = 'ganeti-noded         1911/tcp\n';
    dead = ['10.0.0.9'];
    expect(await isMasterIpReached(checks, ['node1', '10.0.0.9', ['node1']], 'node1')).to.be.false;
    expect(await isMasterIpReached(checks, ['node1', '10.0.0.8', ['node2']], 'node2')).to.be.true;
    expect(pinged).to.deep.equal([
      { address: '10.0.0.9', port: 1911, source: '127.0.0.1' },
      { address: '10.0.0.8', port: 1911 },
    ]);
  });
});
