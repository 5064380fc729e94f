import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { mapLimited } from '../../../src/base/map-limited.js';
import { failureOf } from '../storage/fixtures.js';

describe('mapLimited', () => {
  it('keeps the order and the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await mapLimited([30, 10, 20, 1, 5], 2, async (time) => {
      most = Math.max(most, ++running);
      await delay(time);
      running--;
      return time * 2;
    });
    expect(results).to.deep.equal([60, 20, 40, 2, 10]);
    expect(most).to.equal(2);
  });

  it('begins no more after a failure, and waits for what it has begun', async () => {
    const ended: number[] = [];
    const work = mapLimited([1, 2, 3, 4], 2, async (item) => {
      if (item === 1) throw new Error('one');
      await delay(20);
      ended.push(item);
    });
    expect((await failureOf(work)).message).to.equal('one');
    expect(ended).to.deep.equal([2]);
  });

  it('is content with nothing to do', async () => {
    expect(await mapLimited([], 3, () => Promise.reject(new Error('never')))).to.deep.equal([]);
  });
});
