import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BodyBudget } from '../../../../src/rpc/admission/body-budget.js';
import type { Caller } from '../../../../src/rpc/admission/caller-queue.js';
import { OverloadError } from '../../../../src/rpc/admission/overload-error.js';
import { rejection } from '../fakes.js';

/** Long after any of these tests is over. */
const FOREVER_MS = 1_000_000;

describe('BodyBudget', () => {
  /** A budget of 10 bytes of which all are taken, and a log of who gets some afterwards. */
  async function spent(bodyWaitMs = FOREVER_MS) {
    const budget = new BodyBudget({ maxBodiesBytes: 10, bodyWaitMs });
    const all = budget.share('local');
    await all.take(10);
    const order: string[] = [];
    const ask = async (caller: Caller, bytes: number, name: string = caller) => {
      const share = budget.share(caller);
      await share.take(bytes);
      order.push(name);
      return share;
    };
    return { budget, all, ask, order };
  }

  it('lets bodies wait until there is room for them', async () => {
    const { all, ask, order } = await spent();
    const first = ask('local', 6, 'first');
    const second = ask('local', 6, 'second');
    await Promise.resolve();
    expect(order).to.deep.equal([]);
    all.giveBack();
    const share = await first;
    await new Promise(setImmediate);
    expect(order).to.deep.equal(['first']);
    share.giveBack();
    await second;
    expect(order).to.deep.equal(['first', 'second']);
  });

  it('lets the master go first, and a small body not overtake a large one', async () => {
    const { all, ask, order } = await spent();
    const asked = [ask('local', 8, 'large'), ask('local', 1, 'small'), ask('master', 10)];
    all.giveBack();
    (await asked[2])?.giveBack();
    await Promise.all(asked);
    expect(order).to.deep.equal(['master', 'large', 'small']);
  });

  it('gives back what was taken, once', async () => {
    const { budget, all } = await spent();
    all.giveBack();
    all.giveBack();
    const share = budget.share('local');
    await share.take(4);
    await share.take(6);
    const late = budget.share('local').take(1);
    let isIn = false;
    void late.then(() => (isIn = true));
    await new Promise(setImmediate);
    expect(isIn).to.equal(false);
    share.giveBack();
    await late;
  });

  it('refuses who has waited too long, and lets those behind go on', async () => {
    const { all, ask } = await spent(20);
    const error = await rejection(ask('master', 10));
    expect(error).to.be.instanceOf(OverloadError).and.include({ kind: 'busy' });
    all.giveBack();
    (await ask('local', 10)).giveBack();
    (await ask('local', 10)).giveBack();
  });

  it('lets a small body in when a large one in front of it gives up', async () => {
    const budget = new BodyBudget({ maxBodiesBytes: 10, bodyWaitMs: 50 });
    await budget.share('local').take(5);
    const large = rejection(budget.share('master').take(10));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const small = budget.share('local').take(1);
    expect(await large).to.be.instanceOf(OverloadError);
    await small;
  });
});
