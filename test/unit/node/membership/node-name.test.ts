import { expect } from 'chai';
import { describe, it } from 'mocha';
import { VirtualCluster } from '../../../../src/ganeti/virtual-cluster.js';
import { NodeName } from '../../../../src/node/membership/node-name.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands } from '../fixtures.js';

function nodeName({ stdout = '', exitCode = 0, nodeRoot = undefined as string | undefined } = {}) {
  const commands = new FakeCommands();
  Object.assign(commands, { stdout, exitCode });
  const virtual = new VirtualCluster({ nodeRoot });
  return new NodeName({ commands, virtual, kernelName: () => 'localhost' });
}

describe('NodeName.own', () => {
  it('is the first name with a dot that the resolver knows', async () => {
    expect(await nodeName({ stdout: '10.0.0.1  node1 Node1.Lab.test alias.x\n' }).own()).to.equal(
      'node1.lab.test',
    );
    expect(await nodeName({ stdout: '10.0.0.1  node1.lab.test. node1\n' }).own()).to.equal(
      'node1.lab.test',
    );
  });

  it('is the first one when none has a dot, and the kernel’s when the resolver knows nothing', async () => {
    expect(await nodeName({ stdout: '10.0.0.1  node1 other\n' }).own()).to.equal('node1');
    expect(await nodeName({ exitCode: 2 }).own()).to.equal('localhost');
  });

  it('is that of the directory in a virtual cluster', async () => {
    expect(await nodeName({ nodeRoot: '/srv/virtual/node7.x' }).own()).to.equal('node7.x');
  });

  for (const name of ['-/x', 'a..b', '.a', 'a b'])
    it(`is not ${JSON.stringify(name)}`, async () => {
      const found = nodeName({ nodeRoot: `/srv/${name.replace('/', '\\')}` }).own();
      expect((await failureOf(found)).message).to.match(/^Invalid hostname/);
    });
});

describe('VirtualCluster', () => {
  it('tells programs which node they belong to', () => {
    const virtual = new VirtualCluster({ nodeRoot: '/srv/virtual/node1' });
    expect(virtual.environment).to.deep.equal({
      GANETI_ROOTDIR: '/srv/virtual/node1',
      GANETI_HOSTNAME: 'node1',
    });
    expect(virtual.environmentOf('node2')).to.deep.equal({
      GANETI_ROOTDIR: '/srv/virtual/node2',
      GANETI_HOSTNAME: 'node2',
    });
  });

  it('has nothing to tell on a real node', () => {
    const real = new VirtualCluster({ nodeRoot: undefined });
    expect(real.environment).to.deep.equal({});
    expect(real.environmentOf('node2')).to.deep.equal({});
    expect(real.hostname).to.be.undefined;
  });
});
