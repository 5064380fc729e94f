import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  virtualEnvironment,
  virtualEnvironmentOf,
  virtualHostname,
} from '../../../../src/ganeti/virtual-cluster.js';
import { ownNodeName } from '../../../../src/node/membership/node-name.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands } from '../fixtures.js';

function nodeName({ stdout = '', exitCode = 0, nodeRoot = undefined as string | undefined } = {}) {
  const commands = new FakeCommands();
  Object.assign(commands, { stdout, exitCode });
  return { commands, nodeRoot, network: { hostname: () => 'localhost' } };
}

describe('ownNodeName', () => {
  it('is the first name with a dot that the resolver knows', async () => {
    expect(
      await ownNodeName(nodeName({ stdout: '10.0.0.1  node1 Node1.Lab.test alias.x\n' })),
    ).to.equal('node1.lab.test');
    expect(await ownNodeName(nodeName({ stdout: '10.0.0.1  node1.lab.test. node1\n' }))).to.equal(
      'node1.lab.test',
    );
  });

  it('is the first one when none has a dot, and the kernel’s when the resolver knows nothing', async () => {
    expect(await ownNodeName(nodeName({ stdout: '10.0.0.1  node1 other\n' }))).to.equal('node1');
    expect(await ownNodeName(nodeName({ exitCode: 2 }))).to.equal('localhost');
  });

  it('is that of the directory in a virtual cluster', async () => {
    expect(await ownNodeName(nodeName({ nodeRoot: '/srv/virtual/node7.x' }))).to.equal('node7.x');
  });

  for (const name of ['-/x', 'a..b', '.a', 'a b'])
    it(`is not ${JSON.stringify(name)}`, async () => {
      const found = ownNodeName(nodeName({ nodeRoot: `/srv/${name.replace('/', '\\')}` }));
      expect((await failureOf(found)).message).to.match(/^Invalid hostname/);
    });
});

describe('virtualEnvironment', () => {
  it('tells programs which node they belong to', () => {
    const virtual = '/srv/virtual/node1';
    expect(virtualEnvironment(virtual)).to.deep.equal({
      GANETI_ROOTDIR: '/srv/virtual/node1',
      GANETI_HOSTNAME: 'node1',
    });
    expect(virtualEnvironmentOf(virtual, 'node2')).to.deep.equal({
      GANETI_ROOTDIR: '/srv/virtual/node2',
      GANETI_HOSTNAME: 'node2',
    });
  });

  it('has nothing to tell on a real node', () => {
    expect(virtualEnvironment(undefined)).to.deep.equal({});
    expect(virtualEnvironmentOf(undefined, 'node2')).to.deep.equal({});
    expect(virtualHostname(undefined)).to.be.undefined;
  });
});
