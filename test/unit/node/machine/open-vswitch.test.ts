import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { OpenVswitch } from '../../../../src/node/machine/open-vswitch.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands } from '../fixtures.js';

describe('OpenVswitch.configure', () => {
  let commands: FakeCommands;
  let vswitch: OpenVswitch;
  beforeEach(() => {
    commands = new FakeCommands();
    vswitch = new OpenVswitch({ commands });
  });

  it('makes the switch and connects it', async () => {
    await vswitch.configure('switch1', 'eth1');
    expect(commands.asked.map(({ argv }) => argv.join(' '))).to.deep.equal([
      'ovs-vsctl --may-exist add-br switch1',
      'ovs-vsctl --may-exist add-port switch1 eth1',
    ]);
  });

  it('does not connect it when there is nothing to connect it to', async () => {
    await vswitch.configure('switch1', null);
    await vswitch.configure('switch1', '');
    expect(commands.asked).to.have.lengthOf(2);
  });

  it('says what went wrong', async () => {
    Object.assign(commands, { exitCode: 1, stderr: 'no such device' });
    expect((await failureOf(vswitch.configure('switch1', 'eth1'))).message).to.equal(
      "Failed to create openvswitch. Script return value: 1, output: 'no such device'",
    );
  });
});
