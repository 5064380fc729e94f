import { expect } from 'chai';
import { describe, it } from 'mocha';
import { timesLimit } from '../../../../../tools/bench/rows/lifecycle.js';

describe('timesLimit', () => {
  it('holds up to twice the limit', () => {
    expect(timesLimit(20, 10)).to.deep.equal({ text: '<= 2x of the limit', holds: true });
    expect(timesLimit(20.1, 10).holds).to.equal(false);
  });
});
