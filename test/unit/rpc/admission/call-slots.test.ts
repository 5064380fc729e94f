import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CallSlots } from '../../../../src/rpc/admission/call-slots.js';
import type { Caller } from '../../../../src/rpc/admission/caller-queue.js';
import { OverloadError } from '../../../../src/rpc/admission/overload-error.js';
import { promiseWithResolvers, rejection } from '../fakes.js';

describe('CallSlots', () => {
  it('runs as many as it may, and the others in their order', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 2, maxQueuedCalls: 10 });
    const started: number[] = [];
    const ends = Array.from({ length: 5 }, () => promiseWithResolvers<undefined>());
    const runs = ends.map(({ promise }, index) =>
      slots.run('local', async () => {
        started.push(index);
        await promise;
      }),
    );
    expect(started).to.deep.equal([0, 1]);
    ends[1]?.resolve(undefined);
    await runs[1];
    await Promise.resolve();
    expect(started).to.deep.equal([0, 1, 2]);
    for (const { resolve } of ends) resolve(undefined);
    await Promise.all(runs);
    expect(started).to.deep.equal([0, 1, 2, 3, 4]);
  });

  /** One slot that is taken until `free`, and a log of who gets it afterwards. */
  function fullSlots(maxQueuedCalls: number) {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const running = slots.run('local', () => promise);
    const order: string[] = [];
    const ask = (caller: Caller, name: string = caller) =>
      slots.run(caller, () => {
        order.push(name);
        return Promise.resolve();
      });
    const free = async (...asked: Promise<unknown>[]) => {
      resolve(undefined);
      await Promise.all([running, ...asked]);
      return order;
    };
    return { ask, free };
  }

  it('lets the master go first, then other candidates, then whoever is on this machine', async () => {
    const { ask, free } = fullSlots(10);
    const asked = [ask('local'), ask('candidate'), ask('master')];
    expect(await free(...asked)).to.deep.equal(['master', 'candidate', 'local']);
  });

  it('gives every fourth slot to whoever waits longest', async () => {
    const { ask, free } = fullSlots(100);
    const first = ask('local');
    const others = Array.from({ length: 20 }, () => ask('master'));
    const order = await free(first, ...others);
    expect(order.indexOf('local')).to.equal(3);
  });

  it('refuses the least important one that came last when too many wait', async () => {
    const { ask, free } = fullSlots(3);
    const [first, second] = [ask('local', 'first'), ask('local', 'second')];
    const candidate = ask('candidate');
    const refused = rejection(second);
    const master = ask('master');
    expect(await refused)
      .to.be.instanceOf(OverloadError)
      .and.include({ kind: 'busy' });
    expect(await rejection(ask('local', 'third'))).to.be.instanceOf(OverloadError);
    const other = rejection(first);
    const secondMaster = ask('master', 'second master');
    expect(await other).to.be.instanceOf(OverloadError);
    expect(await free(candidate, master, secondMaster)).to.deep.equal([
      'master',
      'second master',
      'candidate',
    ]);
  });

  it('refuses one too many', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls: 1 });
    const { promise, resolve } = promiseWithResolvers<string>();
    const runs = [slots.run('local', () => promise), slots.run('local', () => promise)];
    expect(await rejection(slots.run('local', () => promise))).to.include({ kind: 'busy' });
    resolve('done');
    expect(await Promise.all(runs)).to.deep.equal(['done', 'done']);
    expect(await slots.run('local', () => promise)).to.equal('done');
  });

  it('frees the slot of work that fails', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls: 0 });
    const failure = new Error('broken');
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await rejection(slots.run('local', () => Promise.reject(failure)))).to.equal(failure);
  });

  it('sends away those who wait, and lets those who run go on', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls: 5 });
    const { promise, resolve } = promiseWithResolvers<string>();
    const running = slots.run('local', () => promise);
    const waiting = slots.run('local', () => Promise.resolve('never'));
    const reason = new Error('closing');
    slots.refuseWaiting(reason);
    expect(await rejection(waiting)).to.equal(reason);
    resolve('done');
    expect(await running).to.equal('done');
  });
});
