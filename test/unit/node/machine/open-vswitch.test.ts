import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { configureOvs } from '../../../../src/node/machine/open-vswitch.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands } from '../fixtures.js';

describe('configureOvs', () => {
  let commands: FakeCommands;
  beforeEach(() => {
    commands = new FakeCommands();
  });

  it('makes the switch and connects it', async () => {
    await configureOvs(commands, 'switch1', 'eth1');
    expect(commands.asked.map(({ argv }) => argv.join(' '))).to.deep.equal([
      'ovs-vsctl --may-exist add-br switch1',
      'ovs-vsctl --may-exist add-port switch1 eth1',
    ]);
  });

  it('does not connect it when there is nothing to connect it to', async () => {
    await configureOvs(commands, 'switch1', null);
    await configureOvs(commands, 'switch1', '');
    expect(commands.asked).to.have.lengthOf(2);
  });

  it('says what went wrong', async () => {
    Object.assign(commands, { exitCode: 1, stderr: 'no such device' });
    expect((await failureOf(configureOvs(commands, 'switch1', 'eth1'))).message).to.equal(
      "Failed to create openvswitch. Script return value: 1, output: 'no such device'",
    );
  });
});
