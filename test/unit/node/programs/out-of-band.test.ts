import { expect } from 'chai';
import { describe, it } from 'mocha';
import { runOutOfBand } from '../../../../src/node/programs/out-of-band.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands } from '../fixtures.js';

describe('runOutOfBand', () => {
  it('asks the program, and reads its answer', async () => {
    const commands = new FakeCommands();
    commands.stdout = '{"powered": true}\n';
    expect(await runOutOfBand(commands, '/bin/oob', 'power-status', 'node2', 60_000)).to.deep.equal(
      {
        powered: true,
      },
    );
    expect(commands.asked).to.deep.equal([
      {
        argv: ['/bin/oob', 'power-status', 'node2'],
        options: { timeoutMs: 60_000, cwd: '/' },
      },
    ]);
    commands.stdout = '';
    expect(await runOutOfBand(commands, '/bin/oob', 'power-on', 'node2', 60_000)).to.be.null;
  });

  it('says what went wrong', async () => {
    const commands = new FakeCommands();
    commands.stdout = 'on';
    expect(
      (await failureOf(runOutOfBand(commands, '/bin/oob', 'health', 'n', 1))).message,
    ).to.equal("'/bin/oob health n' did not answer in JSON");
    commands.exitCode = 1;
    expect(
      (await failureOf(runOutOfBand(commands, '/bin/oob', 'health', 'n', 1))).message,
    ).to.equal("'/bin/oob health n' failed with reason 'exited with exit code 1'; output: on");
  });

  it('refuses relative programs, and nodes that look like options', async () => {
    const commands = new FakeCommands();
    for (const program of ['oob', '', '/bin/../tmp/oob', '/bin//oob'])
      await failureOf(runOutOfBand(commands, program, 'health', 'n', 1));
    await failureOf(runOutOfBand(commands, '/bin/oob', 'health', '--all', 1));
    expect(commands.asked).to.be.empty;
  });
});
