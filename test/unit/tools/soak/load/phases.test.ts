import { expect } from 'chai';
import { describe, it } from 'mocha';
import { phaseEnd, PHASES } from '../../../../../tools/soak/load/phases.js';
import { cyclesBetween } from '../../../../../tools/soak/load/restarts.js';

describe('phaseEnd', () => {
  it('counts the cycles from where the part begins', () => {
    let cycles = 30;
    const hasEnded = phaseEnd('with restarts', { cycles: 100 }, () => cycles);
    cycles = 79;
    expect(hasEnded()).to.equal(false);
    cycles = 80;
    expect(hasEnded()).to.equal(true);
  });

  it('counts the time from where the part begins, too', () => {
    let nowMs = 5_000;
    const hasEnded = phaseEnd(
      'with restarts',
      { minutes: 2 },
      () => 0,
      () => nowMs,
    );
    nowMs = 64_999;
    expect(hasEnded()).to.equal(false);
    nowMs = 65_000;
    expect(hasEnded()).to.equal(true);
  });

  it('has parts that are the whole together', () => {
    expect(Object.values(PHASES).reduce((sum, part) => sum + part)).to.be.closeTo(1, 1e-9);
  });
});

describe('cyclesBetween', () => {
  it('has some thirty restarts, neither too close together nor too far apart', () => {
    expect(cyclesBetween({ cycles: 3000 })).to.equal(50);
    expect(cyclesBetween({ cycles: 24 })).to.equal(2);
    expect(cyclesBetween({ cycles: 100_000 })).to.equal(150);
    expect(cyclesBetween({ minutes: 5 })).to.equal(50);
  });
});
