import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import { ownNetworkNamespace, ownPidNamespace } from '../../../src/system/kernel/namespaces.js';
import { describeAsRoot } from '../../support/node/suite.js';

const run = promisify(execFile);
const MODULE = new URL('../../../src/system/kernel/namespaces.js', import.meta.url).href;
const SAY_BOTH = `import { ownNetworkNamespace, ownPidNamespace } from ${JSON.stringify(MODULE)};
console.log(JSON.stringify([ownPidNamespace() ?? null, ownNetworkNamespace() ?? null]));`;

async function namespacesIn(program: string, ...options: string[]): Promise<unknown> {
  const args = [...options, process.execPath];
  const { stdout } = await run(program, [...args, '--input-type=module', '-e', SAY_BOTH]);
  return JSON.parse(stdout);
}

describeAsRoot('the namespaces of a process', () => {
  it('are those of the process that started it', async () => {
    expect(await namespacesIn('env')).to.deep.equal([
      ownPidNamespace() ?? null,
      ownNetworkNamespace() ?? null,
    ]);
  });

  it('are told from those of the machine', async () => {
    expect(await namespacesIn('unshare', '--net'))
      .to.have.property('1')
      .that.matches(/^net:\[\d+\]$/);
    expect(await namespacesIn('unshare', '--pid', '--fork', '--mount-proc'))
      .to.have.property('0')
      .that.matches(/^pid:\[\d+\]$/);
  });
});
