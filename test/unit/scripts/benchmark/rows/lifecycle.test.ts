import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseLife, timesLimit } from '../../../../../scripts/benchmark/rows/lifecycle.js';

describe('parseLife', () => {
  it('reads microseconds as milliseconds', () => {
    expect(parseLife('12345 678\n')).to.deep.equal({ start: 12.345, stop: 0.678 });
  });

  for (const text of ['', '12345\n', '1 -2\n', '1 2\n3 4\n'])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseLife(text)).to.throw('ended with');
    });
});

describe('timesLimit', () => {
  it('holds up to twice the limit', () => {
    expect(timesLimit(20, 10)).to.deep.equal({ text: '<= 2x of the limit', holds: true });
    expect(timesLimit(20.1, 10).holds).to.equal(false);
  });
});
