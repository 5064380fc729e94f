import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  limitToStock,
  partOfStock,
  percentOfLimit,
  ratioToLimit,
  ratioToStock,
  timesStock,
} from '../../../../../tools/bench/report/targets.js';

describe('timesStock', () => {
  it('holds from so many times stock on', () => {
    expect(timesStock(80, 10, 8)).to.include({ text: '>= 8x of stock', holds: true });
    expect(timesStock(79.9, 10, 8).holds).to.equal(false);
  });
});

describe('partOfStock', () => {
  it('holds up to the part', () => {
    expect(partOfStock(5, 20, 4)).to.include({ text: '<= 1/4 of stock', holds: true });
    expect(partOfStock(5.1, 20, 4).holds).to.equal(false);
  });
});

describe('ratioToStock', () => {
  it('holds up to so many times stock', () => {
    expect(ratioToStock(6, 10, 0.6)).to.include({ text: '<= 0.6x of stock', holds: true });
    expect(ratioToStock(6.1, 10, 0.6).holds).to.equal(false);
  });
});

describe('ratioToLimit', () => {
  it('holds up to so many times the limit', () => {
    expect(ratioToLimit(22, 10, 2.2)).to.include({ text: '<= 2.2x of the limit', holds: true });
    expect(ratioToLimit(22.1, 10, 2.2).holds).to.equal(false);
  });
});

describe('percentOfLimit', () => {
  it('holds from the part on', () => {
    expect(percentOfLimit(85, 100, 85)).to.include({ text: '>= 85 % of the limit', holds: true });
    expect(percentOfLimit(84.9, 100, 85).holds).to.equal(false);
  });
});

describe('limitToStock', () => {
  const figure = { stock: 10, limit: 71 };

  it('is what the limit reaches where a target against stock is missed', () => {
    expect(limitToStock(timesStock(50, 10, 8), figure)).to.equal(7.1);
    expect(limitToStock(partOfStock(4, 10, 4), { stock: 10, limit: 3 })).to.equal(0.3);
  });

  it('is nothing where the target holds', () => {
    expect(limitToStock(timesStock(80, 10, 8), figure)).to.equal(undefined);
  });

  it('is nothing for a target that is not against stock', () => {
    expect(limitToStock(percentOfLimit(50, 71, 85), figure)).to.equal(undefined);
  });

  it('is nothing where there is no limit, or nothing to hold it against', () => {
    const missed = timesStock(50, 10, 8);
    expect(limitToStock(missed, { stock: 10 })).to.equal(undefined);
    expect(limitToStock(missed, { limit: 71 })).to.equal(undefined);
    expect(limitToStock(missed, { stock: 0, limit: 71 })).to.equal(undefined);
  });
});
