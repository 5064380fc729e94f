import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HelperError } from '../../../../src/system/helper/failures.js';
import type { HelperEvents, HelperHandle } from '../../../../src/system/helper/helper.js';
import { Helpers } from '../../../../src/system/helper/helpers.js';
import { failureOf } from '../../storage/fixtures.js';

interface Jobs {
  readonly [name: string]: (params: { id: string }) => string;
  readonly look: (params: { id: string }) => string;
}

/** A helper that is only told of: it does what a test says. */
class FakeHelper implements HelperHandle {
  job: string | undefined;
  wasKilled = false;
  readonly events: HelperEvents;
  /** Whether SIGKILL ends it. */
  isKillable = true;

  constructor(events: HelperEvents) {
    this.events = events;
  }

  begin(_name: string, params: unknown): void {
    this.job = (params as { id: string }).id;
  }

  kill(): void {
    this.wasKilled = true;
    if (this.isKillable) this.events.onEnd('was ended by SIGKILL');
  }

  release(): void {
    this.events.onEnd('exited');
  }

  answer(): void {
    const result = this.job;
    this.job = undefined;
    this.events.onAnswer({ kind: 'result', result });
  }
}

describe('Helpers', () => {
  let started: FakeHelper[];
  let helpers: Helpers<Jobs>;

  /** @param begin what becomes of a helper that was started; it is ready unless told otherwise */
  function make(
    limits: ConstructorParameters<typeof Helpers<Jobs>>[0] = {},
    begin = (events: HelperEvents) => {
      events.onReady();
    },
  ): void {
    started = [];
    helpers = new Helpers<Jobs>({
      launch: (events) => {
        const helper = new FakeHelper(events);
        started.push(helper);
        process.nextTick(begin, events);
        return helper;
      },
      ...limits,
    });
  }
  beforeEach(() => {
    make({ limits: { killGraceMs: 5, startMs: 1_000 } });
  });

  function look(id: string, wait: Partial<Parameters<typeof helpers.run>[2]> = {}) {
    return helpers.run('look', { id }, { waitsFor: `/disk/${id}`, timeoutMs: 1_000, ...wait });
  }

  /** What helpers work on at this moment. */
  function jobs(): string[] {
    return started.flatMap(({ job }) => job ?? []);
  }

  async function answerAll(): Promise<void> {
    await delay(1);
    for (const helper of started) if (helper.job !== undefined) helper.answer();
  }

  it('start when they are needed, and are used again', async () => {
    expect(started).to.have.lengthOf(0);
    for (const id of ['a', 'b', 'c']) {
      const looked = look(id);
      await answerAll();
      expect(await looked).to.equal(id);
    }
    expect(started).to.have.lengthOf(1);
    expect(helpers.counts).to.deep.equal({ alive: 1, stuck: 0, givenUp: 0, jobs: 3 });
  });

  it('work at different things at the same time', async () => {
    const all = [look('a'), look('b'), look('c')];
    await delay(5);
    expect(jobs()).to.deep.equal(['a', 'b', 'c']);
    await answerAll();
    expect(await Promise.all(all)).to.deep.equal(['a', 'b', 'c']);
  });

  it('wait for the same thing one at a time, in turn', async () => {
    const all = ['1', '2', '3'].map((id) => look(id, { waitsFor: '/same' }));
    for (const id of ['1', '2', '3']) {
      await delay(5);
      expect(jobs()).to.deep.equal([id]);
      await answerAll();
    }
    expect(await Promise.all(all)).to.deep.equal(['1', '2', '3']);
    expect(started).to.have.lengthOf(1);
  });

  it('wait for things on the same store no more than two at a time', async () => {
    const all = ['a', 'b', 'c'].map((id) => look(id, { store: '/srv' }));
    const other = look('other', { store: '/elsewhere' });
    await delay(5);
    expect(jobs()).to.have.members(['a', 'b', 'other']);
    await answerAll();
    await answerAll();
    expect(await Promise.all([...all, other])).to.deep.equal(['a', 'b', 'c', 'other']);
  });

  it('are given up when they take too long, and replaced', async () => {
    const error = await failureOf(look('a', { timeoutMs: 20 }));
    expect(error).to.be.instanceOf(HelperError);
    expect(error.message).to.equal('no answer from /disk/a within 0.02 s');
    expect(started[0]?.wasKilled).to.be.true;
    const again = look('a');
    await answerAll();
    expect(await again).to.equal('a');
    expect(helpers.counts).to.deep.equal({ alive: 1, stuck: 0, givenUp: 1, jobs: 2 });
  });

  it('fail all who wait for what does not answer', async () => {
    const all = [1, 2, 3].map((id) =>
      failureOf(look(`${id}`, { waitsFor: '/same', timeoutMs: 20 })),
    );
    for (const error of await Promise.all(all))
      expect(error.message).to.equal('no answer from /same within 0.02 s');
    expect(started).to.have.lengthOf(1);
  });

  /** Loses a helper to a job that not even SIGKILL ends. */
  async function stick(id: string, store?: string): Promise<FakeHelper> {
    const failed = failureOf(look(id, { timeoutMs: 50, store }));
    await delay(5);
    const helper = started.find(({ job }) => job === id);
    if (helper === undefined) throw new Error('nobody works on it');
    helper.isKillable = false;
    expect((await failed).message).to.match(/, and SIGKILL has not ended the helper/);
    return helper;
  }

  it('fail at once what waits for the same as one that is stuck, until that ends', async () => {
    const stuck = await stick('a');
    expect(helpers.counts).to.include({ alive: 0, stuck: 1 });
    expect((await failureOf(look('a'))).message).to.equal(
      'no answer from /disk/a: a helper that was given up waits for it still',
    );
    expect(started).to.have.lengthOf(1);
    stuck.events.onEnd('was ended by SIGKILL');
    const again = look('a');
    await answerAll();
    expect(await again).to.equal('a');
    expect(helpers.counts).to.include({ alive: 1, stuck: 0 });
  });

  it('are lost to one store no more than two at a time, and go on with others', async () => {
    await stick('a', '/srv');
    await stick('b', '/srv');
    expect((await failureOf(look('c', { store: '/srv' }))).message).to.equal(
      'no answer from /srv: helpers that were given up wait for it still',
    );
    const other = look('d', { store: '/elsewhere' });
    await answerAll();
    expect(await other).to.equal('d');
  });

  it('are no more than their limit, those that are stuck among them', async () => {
    make({ limits: { helpers: 3, killGraceMs: 5, startMs: 1_000 } });
    await stick('a');
    const all = ['b', 'c', 'd', 'e'].map((id) => look(id));
    await delay(5);
    expect(jobs()).to.deep.equal(['a', 'b', 'c']);
    for (const helper of started.slice(1)) helper.answer();
    await delay(5);
    for (const helper of started.slice(1)) helper.answer();
    expect(await Promise.all(all)).to.deep.equal(['b', 'c', 'd', 'e']);
    expect(started).to.have.lengthOf(3);
    await stick('b');
    await stick('c');
    expect((await failureOf(look('d'))).message).to.equal(
      'all helpers wait for what does not answer: /disk/a, /disk/b, /disk/c',
    );
  });

  it('fail a job that none begins in time', async () => {
    make({ limits: { helpers: 1, startMs: 20 } });
    const first = look('a', { timeoutMs: 5_000 });
    expect((await failureOf(look('b', { timeoutMs: 10 }))).message).to.equal(
      'no helper was free to look at /disk/b',
    );
    await answerAll();
    expect(await first).to.equal('a');
  });

  it('end when they have had nothing to do for a while', async () => {
    make({ limits: { idleMs: 30 } });
    const looked = look('a');
    await answerAll();
    await looked;
    expect(helpers.counts.alive).to.equal(1);
    await delay(60);
    expect(helpers.counts.alive).to.equal(0);
  });

  it('start again when one ends before it is ready', async () => {
    let toEnd = 2;
    make({}, (events) => {
      if (toEnd-- > 0) events.onEnd('was ended by SIGKILL');
      else events.onReady();
    });
    const work = look('a');
    await answerAll();
    expect(await work).to.equal('a');
    expect(started).to.have.lengthOf(3);
  });

  it('fail all who wait when one after the other ends before it is ready, and try again for the next', async () => {
    make({}, (events) => {
      events.onEnd('exited with exit code 1');
    });
    for (const count of [3, 6]) {
      const errors = await Promise.all(['a', 'a'].map((id) => failureOf(look(id))));
      for (const { message } of errors)
        expect(message).to.equal('a helper could not be started: exited with exit code 1');
      expect(started).to.have.lengthOf(count);
    }
  });

  it('say that one has ended', async () => {
    const failed = failureOf(look('a'));
    await delay(5);
    started[0]?.events.onEnd('was ended by SIGKILL');
    expect((await failed).message).to.equal(
      'the helper that worked on /disk/a was ended by SIGKILL',
    );
    expect(helpers.counts.alive).to.equal(0);
  });
});
