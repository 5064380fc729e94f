import { expect } from 'chai';
import { describe, it } from 'mocha';
import { flatTarget } from '../../../../../tools/bench/rows/memory.js';

describe('flatTarget', () => {
  it('holds up to a tenth more', () => {
    expect(flatTarget(77, 70, 'idle')).to.deep.equal({ text: '<= idle + 10 %', holds: true });
    expect(flatTarget(77.1, 70, 'idle').holds).to.equal(false);
  });
});
