import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseClusterNumbers, parseOptions } from '../../../../tools/bench/options.js';
import { UsageError } from '../../../../tools/kit/command-line.js';

const KNOWN = ['version-new', 'memory', 'listing'];

describe('parseOptions', () => {
  it('measures everything in full when nothing is said', () => {
    expect(parseOptions([], KNOWN)).to.deep.equal({
      quick: false,
      jsonFile: undefined,
      rows: KNOWN,
      ganeti: ['3.0', '3.1'],
    });
  });

  it('takes several names after one --only, and keeps the order of the rows', () => {
    const args = ['--only', 'listing', 'version-new', '--quick', '--json', 'out.json'];
    expect(parseOptions(args, KNOWN)).to.deep.equal({
      quick: true,
      jsonFile: 'out.json',
      rows: ['version-new', 'listing'],
      ganeti: ['3.0', '3.1'],
    });
  });

  it('takes --only more than once', () => {
    const { rows } = parseOptions(['--only', 'listing', '--only', 'memory'], KNOWN);
    expect(rows).to.deep.equal(['memory', 'listing']);
  });

  it('measures beside one version of Ganeti when told', () => {
    expect(parseOptions(['--ganeti', '3.1'], KNOWN).ganeti).to.deep.equal(['3.1']);
    expect(() => parseOptions(['--ganeti', '2.16'], KNOWN)).to.throw(
      UsageError,
      'there is no Ganeti 2.16 here, only 3.0 and 3.1',
    );
  });

  it('refuses names that it does not know, and lists those that it does', () => {
    expect(() => parseOptions(['--only', 'memory', 'nothing', 'less'], KNOWN)).to.throw(
      UsageError,
      'there is no row nothing, less; rows: version-new, memory, listing',
    );
  });

  it('refuses what is no option', () => {
    expect(() => parseOptions(['memory'], KNOWN)).to.throw(UsageError, 'no argument');
    expect(() => parseOptions(['--quickly'], KNOWN)).to.throw(UsageError, 'usage:');
    expect(() => parseOptions(['--json'], KNOWN)).to.throw(UsageError);
  });
});

describe('parseClusterNumbers', () => {
  it('has numbers of its own', () => {
    const { ours, stock } = parseClusterNumbers(undefined);
    expect(ours).not.to.equal(stock);
  });

  it('takes ours before stock', () => {
    expect(parseClusterNumbers('73 74')).to.deep.equal({ ours: 73, stock: 74 });
  });

  for (const text of ['', '71', '71 71', '71 256', '71,72', '71 72 73', '-1 72', 'a b'])
    it(`refuses '${text}'`, () => {
      expect(() => parseClusterNumbers(text)).to.throw(UsageError);
    });
});
