import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CallSlots } from '../../../src/rpc/call-slots.js';
import { promiseWithResolvers, rejection } from './fakes.js';

describe('CallSlots', () => {
  it('runs as many as it may, and the others in their order', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 2, maxQueuedCalls: 10 });
    const started: number[] = [];
    const ends = Array.from({ length: 5 }, () => promiseWithResolvers<undefined>());
    const runs = ends.map(({ promise }, index) =>
      slots.run(async () => {
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

  it('refuses one too many', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls: 1 });
    const { promise, resolve } = promiseWithResolvers<string>();
    const runs = [slots.run(() => promise), slots.run(() => promise)];
    expect(await rejection(slots.run(() => promise))).to.include({ kind: 'busy' });
    resolve('done');
    expect(await Promise.all(runs)).to.deep.equal(['done', 'done']);
    expect(await slots.run(() => promise)).to.equal('done');
  });

  it('frees the slot of work that fails', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls: 0 });
    const failure = new Error('broken');
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await rejection(slots.run(() => Promise.reject(failure)))).to.equal(failure);
  });

  it('sends away those who wait, and lets those who run go on', async () => {
    const slots = new CallSlots({ maxConcurrentCalls: 1, maxQueuedCalls: 5 });
    const { promise, resolve } = promiseWithResolvers<string>();
    const running = slots.run(() => promise);
    const waiting = slots.run(() => Promise.resolve('never'));
    const reason = new Error('closing');
    slots.refuseWaiting(reason);
    expect(await rejection(waiting)).to.equal(reason);
    resolve('done');
    expect(await running).to.equal('done');
  });
});
