import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Random } from '../../../../tools/kit/random.js';

const DRAWS = 10_000;
const draws = (random: Random) => Array.from({ length: DRAWS }, () => random.next());

describe('Random', () => {
  it('gives the same numbers for the same seed, and others for another one', () => {
    expect(draws(new Random(7, 3))).to.deep.equal(draws(new Random(7, 3)));
    expect(draws(new Random(7, 3))).not.to.deep.equal(draws(new Random(7, 4)));
    expect(draws(new Random(7, 3))).not.to.deep.equal(draws(new Random(3, 7)));
    expect(draws(new Random(7, 3))).not.to.deep.equal(draws(new Random(8, 3)));
  });

  it('spreads them from 0 to below 1', () => {
    const numbers = draws(new Random(1));
    expect(Math.min(...numbers)).to.be.within(0, 0.01);
    expect(Math.max(...numbers))
      .to.be.within(0.99, 1)
      .and.below(1);
    expect(numbers.reduce((sum, number) => sum + number) / DRAWS).to.be.within(0.47, 0.53);
  });

  it('takes a chance as often as it should', () => {
    const random = new Random(2);
    const hits = draws(random).filter(() => random.chance(0.1)).length;
    expect(hits / DRAWS).to.be.within(0.08, 0.12);
  });

  it('picks each of several things', () => {
    const random = new Random(3);
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
    expect([...picked].sort()).to.deep.equal(['a', 'b', 'c']);
  });

  it('shuffles without losing anything', () => {
    const things = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random(4).shuffled(things);
    expect(shuffled).to.have.members(things).and.not.deep.equal(things);
  });
});
