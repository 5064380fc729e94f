import { expect } from 'chai';
import { describe, it } from 'mocha';
import { testDelay } from '../../../../src/node/machine/test-delay.js';
import { failureOf } from '../../storage/fixtures.js';

describe('testDelay', () => {
  it('waits, and answers null', async () => {
    const begin = performance.now();
    expect(await testDelay(0.05)).to.be.null;
    expect(performance.now() - begin).to.be.at.least(45);
    expect(await testDelay(0)).to.be.null;
  });

  it('refuses what is no duration, or too long', async () => {
    for (const duration of [-1, -0.001, NaN])
      expect((await failureOf(testDelay(duration))).message).to.equal('Invalid sleep duration');
    for (const duration of [3600.1, 1e12, Infinity])
      expect((await failureOf(testDelay(duration))).message).to.equal(
        'Invalid sleep duration: more than 3600 s',
      );
  });
});
