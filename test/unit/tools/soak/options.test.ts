import { expect } from 'chai';
import { describe, it } from 'mocha';
import { UsageError } from '../../../../tools/kit/command-line.js';
import { parseOptions } from '../../../../tools/soak/options.js';

describe('parseOptions of scripts/soak', () => {
  it('takes a number of cycles and the seed that it is given when nothing is said', () => {
    expect(parseOptions([], 42)).to.deep.equal({
      length: { cycles: 500 },
      callers: 12,
      seed: 42,
      jsonFile: undefined,
    });
  });

  it('takes what is said', () => {
    const args = ['--minutes', '3', '--callers', '20', '--seed', '0', '--json', 'out.json'];
    expect(parseOptions(args, 42)).to.deep.equal({
      length: { minutes: 3 },
      callers: 20,
      seed: 0,
      jsonFile: 'out.json',
    });
    expect(parseOptions(['--cycles', '10000'], 42).length).to.deep.equal({ cycles: 10_000 });
  });

  const refused: [args: string[], words: string][] = [
    [['--minutes', '1', '--cycles', '1'], '--minutes or --cycles, but not both'],
    [['--cycles', '0'], "--cycles takes a whole number from 1 to 1000000000, not '0'"],
    [['--minutes', '1.5'], "--minutes takes a whole number from 1 to 1000000000, not '1.5'"],
    [['--callers', '201'], "--callers takes a whole number from 1 to 200, not '201'"],
    [['--seed', 'x'], "--seed takes a whole number from 0 to 1000000000, not 'x'"],
    [['--what'], 'usage: scripts/soak'],
    [['more'], 'usage: scripts/soak'],
  ];
  for (const [args, words] of refused)
    it(`refuses ${args.join(' ')}`, () => {
      expect(() => parseOptions(args, 42)).to.throw(UsageError, words);
    });
});
