import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Commands } from '../../../../src/system/command/command.js';

/** Prints the descriptors that a program gets, then seals, and prints them again. */
const PROGRAM = `
  import { execFileSync } from 'node:child_process';
  import { sealInheritedDescriptors } from '${import.meta.resolve('../../../../src/system/command/descriptors.js')}';
  const inherited = () => execFileSync('ls', ['/proc/self/fd']).toString().split('\\n').slice(0, -1);
  const before = inherited();
  sealInheritedDescriptors();
  console.log(JSON.stringify([before, inherited()]));
`;

describe('sealInheritedDescriptors', () => {
  it('keeps what our starter left open from what we start', async () => {
    // Node.js itself sees to the lowest ones.
    const starter = 'exec 42</dev/null; exec "$@"';
    const node = [process.execPath, '--input-type=module', '--eval', PROGRAM];
    const { stdout } = await new Commands().run(['bash', '-c', starter, 'starter', ...node], {
      timeoutMs: 30_000,
    });
    const [before, after] = JSON.parse(stdout) as string[][];
    expect(before).to.include('42');
    // The last one is that of the directory itself.
    expect(after).to.deep.equal(['0', '1', '2', '3']);
  });
});
