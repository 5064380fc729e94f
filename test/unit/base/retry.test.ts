import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { retry, until } from '../../../src/base/retry.js';
import { failureOf } from '../../support/failure.js';
import { FakeClock } from '../../support/fakes/fake-clock.js';

let clock: FakeClock;
let calledAt: number[];
beforeEach(() => {
  clock = new FakeClock();
  calledAt = [];
});

function call(): void {
  calledAt.push(clock.monotonicMs());
}

describe('until', () => {
  /** True from the moment `trueAt`. */
  const check = (trueAt: number) => () => {
    call();
    return clock.monotonicMs() >= trueAt;
  };

  it('does not wait for what is true', async () => {
    expect(await until(check(0), { timeoutMs: 0, pollMs: 10, clock })).to.be.true;
    expect(calledAt).to.deep.equal([0]);
  });

  it('looks again after the same pause each time', async () => {
    expect(await until(check(25), { timeoutMs: 100, pollMs: 10, clock })).to.be.true;
    expect(calledAt).to.deep.equal([0, 10, 20, 30]);
  });

  it('doubles its pauses up to the longest', async () => {
    const patience = { timeoutMs: 1_000, pollMs: 10, longestPollMs: 30, clock };
    expect(await until(check(100), patience)).to.be.true;
    expect(calledAt).to.deep.equal([0, 10, 30, 60, 90, 120]);
  });

  it('looks for the last time when the time is over', async () => {
    expect(await until(check(Infinity), { timeoutMs: 25, pollMs: 10, clock })).to.be.false;
    expect(calledAt).to.deep.equal([0, 10, 20, 25]);
  });

  it('looks once without any time', async () => {
    const checkLater = () => Promise.resolve(check(Infinity)());
    expect(await until(checkLater, { timeoutMs: -5, pollMs: 10, clock })).to.be.false;
    expect(calledAt).to.deep.equal([0]);
  });

  it('fails at once with the check', async () => {
    const fail = () => {
      throw new Error('no');
    };
    const error = await failureOf(until(fail, { timeoutMs: 100, pollMs: 10, clock }));
    expect(error.message).to.equal('no');
    expect(clock.monotonicMs()).to.equal(0);
  });

  it("goes by the machine's clock unless given one", async () => {
    const from = performance.now();
    expect(await until(() => false, { timeoutMs: 5, pollMs: 1 })).to.be.false;
    expect(performance.now() - from).to.be.at.least(5);
  });
});

describe('retry', () => {
  const patience = () => ({ timeoutMs: 25, pollMs: 10, clock });
  const isTransient = (error: unknown) => error instanceof RangeError;

  it('returns what comes of the work in the end', async () => {
    const work = () => {
      call();
      return clock.monotonicMs() >= 20 ? 'done' : Promise.reject(new RangeError('not yet'));
    };
    expect(await retry(work, isTransient, patience())).to.equal('done');
    expect(calledAt).to.deep.equal([0, 10, 20]);
  });

  it('fails with the last error when the time is over', async () => {
    const work = () => {
      call();
      throw new RangeError(`at ${clock.monotonicMs()}`);
    };
    expect((await failureOf(retry(work, isTransient, patience()))).message).to.equal('at 25');
    expect(calledAt).to.deep.equal([0, 10, 20, 25]);
  });

  it('fails at once with any other error', async () => {
    const work = () => {
      call();
      throw new SyntaxError('never');
    };
    expect((await failureOf(retry(work, isTransient, patience()))).message).to.equal('never');
    expect(calledAt).to.deep.equal([0]);
  });
});
