import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import { Locks } from '../../../src/calls/locks.js';
import { promiseWithResolvers } from '../rpc/fakes.js';
import { failureOf } from '../storage/fixtures.js';

describe('Locks.run', () => {
  let locks: Locks;
  let events: string[];
  beforeEach(() => {
    locks = new Locks();
    events = [];
  });

  /** Notes when it begins and ends; in between others get their turn. */
  function work(name: string): () => Promise<string> {
    return async () => {
      events.push(`${name} begins`);
      await delay(1);
      events.push(`${name} ends`);
      return name;
    };
  }

  it('gives the result of the work', async () => {
    expect(await locks.run('a', 'x', work('x'))).to.equal('x');
  });

  it('runs one at a time under a key, in the order in which they came', async () => {
    const names = ['first', 'second', 'third', 'fourth'];
    const results = await Promise.all(names.map((name) => locks.run('a', name, work(name))));
    expect(results).to.deep.equal(names);
    expect(events).to.deep.equal(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('runs what has different keys at the same time', async () => {
    await Promise.all([locks.run('a', 'x', work('x')), locks.run('b', 'y', work('y'))]);
    expect(events).to.deep.equal(['x begins', 'y begins', 'x ends', 'y ends']);
  });

  it('goes on after work that failed', async () => {
    const failing = locks.run('a', 'x', () => Promise.reject(new Error('broken')));
    const next = locks.run('a', 'y', work('y'));
    expect((await failureOf(failing)).message).to.equal('broken');
    expect(await next).to.equal('y');
  });

  it('goes on after work that throws before it begins', async () => {
    const failing = locks.run('a', 'x', () => {
      throw new Error('broken');
    });
    expect((await failureOf(failing)).message).to.equal('broken');
    expect(await locks.run('a', 'y', work('y'))).to.equal('y');
  });

  it('gives up after the time limit, and names what holds the lock', async () => {
    locks = new Locks({ timeoutMs: 10 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const holding = locks.run('instance inst1', 'instance_start', () => promise);
    const error = await failureOf(locks.run('instance inst1', 'instance_shutdown', work('late')));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'busy');
    expect(error.message).to.equal(
      'Gave up on instance inst1 after 0.01 s: instance_start is still running',
    );
    expect(error).to.have.deep.property('data', {
      lock: 'instance inst1',
      holder: 'instance_start',
    });
    resolve(undefined);
    await holding;
    expect(events).to.deep.equal([]);
  });

  it('names the holder of the moment, not the first one', async () => {
    locks = new Locks({ timeoutMs: 30 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const first = locks.run('a', 'first', () => delay(10));
    const second = locks.run('a', 'second', () => promise);
    expect((await failureOf(locks.run('a', 'third', work('third')))).message).to.match(
      /: second is still running$/,
    );
    resolve(undefined);
    await Promise.all([first, second]);
  });

  it('passes over one that gave up', async () => {
    locks = new Locks({ timeoutMs: 15 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const holding = locks.run('a', 'first', () => promise);
    const givenUp = failureOf(locks.run('a', 'second', work('second')));
    await delay(8);
    const patient = locks.run('a', 'third', work('third'));
    await givenUp;
    resolve(undefined);
    await holding;
    expect(await patient).to.equal('third');
    expect(events).to.deep.equal(['third begins', 'third ends']);
  });

  it('refuses one too many, and names what holds the lock', async () => {
    locks = new Locks({ maxWaiting: 2 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const holding = locks.run('instance inst1', 'instance_start', () => promise);
    const waiting = ['second', 'third'].map((name) =>
      locks.run('instance inst1', name, work(name)),
    );
    const error = await failureOf(locks.run('instance inst1', 'fourth', work('fourth')));
    expect(error).to.be.instanceOf(RpcFailure).and.include({ kind: 'busy' });
    expect(error.message).to.equal(
      'Too many calls are waiting already, 2 of them for instance inst1: instance_start is still running',
    );
    expect(await locks.run('instance inst2', 'other', work('other'))).to.equal('other');
    resolve(undefined);
    expect(await Promise.all([holding, ...waiting])).to.deep.equal([undefined, 'second', 'third']);
    expect(await locks.run('instance inst1', 'fifth', work('fifth'))).to.equal('fifth');
  });

  it('lets so many wait for all locks together', async () => {
    locks = new Locks({ maxWaitingInAll: 2, timeoutMs: 20 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const holding = ['a', 'b', 'c'].map((key) => locks.run(key, 'x', () => promise));
    const waiting = ['a', 'b'].map((key) => failureOf(locks.run(key, 'y', work('y'))));
    expect((await failureOf(locks.run('c', 'z', work('z')))).message).to.contain('Too many calls');
    for (const { message } of await Promise.all(waiting)) expect(message).to.contain('Gave up');
    const late = locks.run('c', 'z', work('z'));
    resolve(undefined);
    await Promise.all(holding);
    expect(await late).to.equal('z');
  });

  it('does not count the time of the work itself', async () => {
    locks = new Locks({ timeoutMs: 5 });
    expect(await locks.run('a', 'x', () => delay(20, 'done'))).to.equal('done');
  });

  it('counts no more for one that has its turn', async () => {
    locks = new Locks({ timeoutMs: 200 });
    const first = locks.run('a', 'first', () => delay(5));
    const second = locks.run('a', 'second', () => delay(210));
    // Waits while the second would have waited for too long, and far from too long itself.
    await delay(120);
    const third = locks.run('a', 'third', work('third'));
    await Promise.all([first, second]);
    expect(await third).to.equal('third');
  });

  it('copes with many keys and many waiting for each', async () => {
    let running = 0;
    let most = 0;
    const count = async () => {
      most = Math.max(most, ++running);
      await delay(0);
      running--;
    };
    const keys = Array.from({ length: 1_000 }, (_, index) => `key ${index % 100}`);
    await Promise.all(keys.map((key) => locks.run(key, 'x', count)));
    expect(most).to.equal(100);
    expect(running).to.equal(0);
  });

  it('knows keys that are names of properties', async () => {
    for (const key of ['__proto__', 'constructor', ''])
      expect(await locks.run(key, 'x', work('x'))).to.equal('x');
  });
});

describe('Locks.runAll', () => {
  let locks: Locks;
  let most: number;
  let running: number;
  beforeEach(() => {
    locks = new Locks({ timeoutMs: 5_000 });
    most = 0;
    running = 0;
  });

  async function work(): Promise<string> {
    most = Math.max(most, ++running);
    await delay(1);
    running--;
    return 'done';
  }

  it('gives the result of the work, with no keys at all as well', async () => {
    expect(await locks.runAll([], 'x', work)).to.equal('done');
    expect(await locks.runAll(['a', 'b', 'a'], 'x', work)).to.equal('done');
  });

  it('runs one at a time where any key is the same, in whatever order they are told', async () => {
    const keys = [['a', 'b'], ['b', 'a'], ['c', 'b'], ['b'], ['b', 'c', 'a']];
    await Promise.all(keys.map((some) => locks.runAll(some, some.join(), work)));
    expect(most).to.equal(1);
  });

  it('runs what has no key in common at the same time', async () => {
    await Promise.all([locks.runAll(['a', 'b'], 'x', work), locks.runAll(['c'], 'y', work)]);
    expect(most).to.equal(2);
  });

  it('lets go of all keys when the work fails', async () => {
    const failing = locks.runAll(['a', 'b'], 'x', () => Promise.reject(new Error('broken')));
    expect((await failureOf(failing)).message).to.equal('broken');
    expect(await locks.runAll(['b', 'a'], 'y', work)).to.equal('done');
  });
});

describe('Locks.runAll, of which one waits for another', () => {
  it('lets those behind it go on when it gives up', async () => {
    const locks = new Locks({ timeoutMs: 100 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const first = locks.run('a', 'first', () => promise);
    const second = failureOf(locks.runAll(['b', 'a'], 'second', () => delay(1)));
    await delay(50);
    const third = locks.run('b', 'third', () => Promise.resolve('done'));
    expect((await second).message).to.match(/^Gave up on a after .* first is still running$/);
    expect(await third).to.equal('done');
    resolve(undefined);
    await first;
  });
});

describe('Locks.run, where many wait', () => {
  it('sends away those who are too many, for one thing and in all', async () => {
    const locks = new Locks({ maxWaiting: 2, maxWaitingInAll: 3 });
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const work = () => promise;
    const taken = ['a', 'b', 'a', 'a'].map((key) => locks.run(key, 'the first', work));
    await delay(1);
    const error = await failureOf(locks.run('a', 'late', work));
    expect(error).to.have.property('kind', 'busy');
    expect(error.message).to.equal(
      'Too many calls are waiting already, 2 of them for a: the first is still running',
    );
    const last = locks.run('b', 'b', work);
    await delay(1);
    expect(await failureOf(locks.run('b', 'late', work))).to.have.property('kind', 'busy');
    resolve(undefined);
    await Promise.all([...taken, last]);
    await locks.run('a', 'later', work);
  });

  it('sends away all who wait when it is told to, and nobody who works', async () => {
    const locks = new Locks();
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const works = locks.run('a', 'x', () => promise);
    const waits = failureOf(locks.run('a', 'y', () => promise));
    await delay(1);
    locks.refuseWaiting(new Error('no more'));
    expect((await waits).message).to.equal('no more');
    resolve(undefined);
    await works;
    expect(await locks.run('a', 'z', () => Promise.resolve('z'))).to.equal('z');
  });
});

describe('Locks.run, of a path', () => {
  /** What is found at each path. */
  let found: Record<string, readonly string[]>;
  let locks: Locks;
  let running: number;
  let most: number;
  beforeEach(() => {
    found = { '/a': ['place 1', 'file 1'], '//a': ['place 1', 'file 1'], '/b': ['place 2'] };
    locks = new Locks({ timeoutMs: 50, identify: (path) => Promise.resolve(found[path] ?? []) });
    running = most = 0;
  });

  async function work(): Promise<void> {
    most = Math.max(most, ++running);
    await delay(2);
    running--;
  }

  it('runs one at a time on what is at two paths, and names the path', async () => {
    await Promise.all(['/a', '//a'].map((path) => locks.run({ path }, 'x', work)));
    expect(most).to.equal(1);
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const holding = locks.run({ path: '/a' }, 'holder', () => promise);
    expect((await failureOf(locks.run({ path: '//a' }, 'x', work))).message).to.equal(
      'Gave up on //a after 0.05 s: holder is still running',
    );
    resolve(undefined);
    await holding;
  });

  it('runs at the same time on what is at others', async () => {
    await Promise.all(['/a', '/b'].map((path) => locks.run({ path }, 'x', work)));
    expect(most).to.equal(2);
  });

  it('takes the lock of what has come to the path while it waited', async () => {
    const renaming = locks.runAll([{ path: '/a' }, { path: '/b' }], 'rename', async () => {
      await delay(5);
      found = { '/a': ['place 1'], '/b': ['place 2', 'file 1'], '/c': ['place 3', 'file 1'] };
    });
    await delay(1);
    const waiting = locks.run({ path: '/b' }, 'b', work);
    await renaming;
    await Promise.all([waiting, locks.run({ path: '/c' }, 'c', work)]);
    expect(most).to.equal(1);
  });

  it('keeps the order in which calls came, however long it takes to find what is at a path', async () => {
    const order: string[] = [];
    const found = promiseWithResolvers<readonly string[]>();
    locks = new Locks({
      identify: (path) => (path === '/slow' ? found.promise : Promise.resolve([])),
    });
    const note = (name: string) => () => Promise.resolve(void order.push(name));
    const first = locks.runAll(['instance a', { path: '/slow' }], 'first', note('first'));
    const second = locks.runAll(['instance a', { path: '/b' }], 'second', note('second'));
    const third = locks.run({ path: '/b' }, 'third', note('third'));
    await delay(5);
    expect(order).to.deep.equal([]);
    found.resolve([]);
    await Promise.all([first, second, third]);
    expect(order).to.deep.equal(['first', 'second', 'third']);
  });

  it('looks once at a path for which it does not have to wait', async () => {
    let count = 0;
    locks = new Locks({ identify: () => Promise.resolve([`file ${count++}`]) });
    await locks.run({ path: '/a' }, 'x', work);
    expect(count).to.equal(1);
  });

  it('gives up on a path where something else is found each time', async () => {
    let count = 0;
    locks = new Locks({ identify: () => Promise.resolve(['file', `file ${count++}`]) });
    // The first works; the second and ours each find something else whenever the other lets go.
    const others = ['/1', '/2'].map((path) => locks.run({ path }, 'other', work).catch(() => null));
    const error = await failureOf(locks.run({ path: '/a' }, 'x', work));
    await Promise.all(others);
    expect(error).to.have.property('kind', 'busy');
    expect(error.message).to.equal('What is at /a changes all the time');
  });
});
