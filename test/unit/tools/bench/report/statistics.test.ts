import { expect } from 'chai';
import { describe, it } from 'mocha';
import { median, percentile, sum } from '../../../../../tools/bench/report/statistics.js';

describe('median', () => {
  it('is the value in the middle, whatever their order, by number and not by text', () => {
    expect(median([100, 9, 20])).to.equal(20);
    expect(median([7])).to.equal(7);
  });

  it('lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).to.equal(2.5);
  });

  it('refuses to make up a value', () => {
    expect(() => median([])).to.throw(RangeError);
  });

  it('leaves what it was given as it was', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).to.deep.equal([3, 1, 2]);
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the smallest value that the share does not exceed', () => {
    expect(percentile(hundred, 0.99)).to.equal(99);
    expect(percentile(hundred, 0.5)).to.equal(50);
    expect(percentile(hundred, 1)).to.equal(100);
    expect(percentile(hundred, 0)).to.equal(1);
  });

  it('is the largest of a few values, and never one that was not measured', () => {
    expect(percentile([5, 1, 3], 0.99)).to.equal(5);
    expect(() => percentile([], 0.99)).to.throw(RangeError);
  });
});

describe('sum', () => {
  it('adds up, and is nothing for nothing', () => {
    expect(sum([1, 2, 3])).to.equal(6);
    expect(sum([])).to.equal(0);
  });
});
