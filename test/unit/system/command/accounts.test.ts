import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Accounts } from '../../../../src/system/command/accounts.js';
import { type CommandRunner, Commands } from '../../../../src/system/command/command.js';

describe('Accounts', () => {
  it('knows the users and groups of this machine', async () => {
    const accounts = new Accounts({ commands: new Commands() });
    expect(await accounts.uid('root')).to.equal(0);
    expect(await accounts.gid('root')).to.equal(0);
    expect(await accounts.gid('daemon')).to.be.a('number');
  });

  it('knows no others, and takes no number or option for a name', async () => {
    const accounts = new Accounts({ commands: new Commands() });
    for (const name of ['no-such-user', '0', '--help', '', 'root:x'])
      expect(await accounts.uid(name), name).to.be.undefined;
  });

  it('asks once for each that there is', async () => {
    let count = 0;
    const commands: CommandRunner = {
      run(argv, options) {
        count++;
        return new Commands().run(argv, options);
      },
    };
    const accounts = new Accounts({ commands });
    for (let round = 0; round < 3; round++) await accounts.uid('root');
    expect(count).to.equal(1);
  });
});
