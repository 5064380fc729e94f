import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkCount, linearGrowth } from '../../../../../tools/bench/rows/listing.js';

describe('linearGrowth', () => {
  it('holds as long as the time grows no faster than the number', () => {
    expect(linearGrowth(30, 1, 30)).to.deep.equal({ text: '<= 30x of the smallest', holds: true });
    expect(linearGrowth(30.1, 1, 30).holds).to.equal(false);
  });
});

describe('checkCount', () => {
  it('accepts the right number of instances only', () => {
    const listed = { a: {}, b: {} };
    expect(() => {
      checkCount(listed, 2);
    }).not.to.throw();
    expect(() => {
      checkCount(listed, 3);
    }).to.throw('2 instances are listed, not 3');
  });
});
