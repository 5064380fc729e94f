import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseOptions } from '../../../../tools/fuzz/options.js';
import { UsageError } from '../../../../tools/kit/command-line.js';

const KNOWN = ['version', 'instance_start'];
const parse = (...args: string[]) => parseOptions(args, KNOWN, 42);

describe('parseOptions of fuzz', () => {
  it('fuzzes all calls for ten minutes unless told otherwise', () => {
    const all = { seed: 42, milliseconds: 600_000, calls: [], path: undefined };
    expect(parse()).to.deep.equal(all);
  });

  it('takes minutes, a seed, and calls one after the other', () => {
    const options = parse(
      '--minutes',
      '0.5',
      '--seed',
      '7',
      '--calls',
      'version',
      'instance_start',
    );
    expect(options).to.include({ seed: 7, milliseconds: 30_000 });
    expect(options.calls).to.deep.equal(KNOWN);
  });

  it('takes the way to one request of one call', () => {
    expect(parse('--seed', '7', '--calls', 'version', '--path', '606:0:1').path).to.equal(
      '606:0:1',
    );
  });

  for (const args of [
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--seed', '-1'],
    ['--seed', '2147483648'],
    ['--calls', 'no_such_call'],
    ['version'],
    ['--path', '1'],
    ['--calls', 'version', '--path', 'x'],
    ['--unknown'],
  ])
    it(`refuses ${args.join(' ')}`, () => {
      expect(() => parse(...args)).to.throw(UsageError);
    });
});
