import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { Rollback, withRollback } from '../../../src/base/rollback.js';
import { failureOf } from '../storage/fixtures.js';

let undone: string[];
beforeEach(() => {
  undone = [];
});

function step(name: string, error?: Error): () => Promise<void> {
  return () => {
    undone.push(name);
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
}

describe('Rollback.undo', () => {
  it('undoes the last step first', async () => {
    const rollback = new Rollback();
    for (const name of ['first', 'second', 'third']) rollback.add(name, step(name));
    expect(await rollback.undo()).to.deep.equal([]);
    expect(undone).to.deep.equal(['third', 'second', 'first']);
  });

  it('goes on after a step that cannot be undone, and tells which', async () => {
    const rollback = new Rollback();
    const error = new Error('busy');
    rollback.add('first', step('first'));
    rollback.add('second', step('second', error));
    rollback.add('third', () => {
      throw error;
    });
    expect(await rollback.undo()).to.deep.equal([
      { what: 'third', error },
      { what: 'second', error },
    ]);
    expect(undone).to.deep.equal(['second', 'first']);
  });

  it('undoes each step once', async () => {
    const rollback = new Rollback();
    rollback.add('first', step('first'));
    await rollback.undo();
    await rollback.undo();
    expect(undone).to.deep.equal(['first']);
  });
});

describe('withRollback', () => {
  const failures: [string, unknown][] = [];
  const onFailure = (what: string, error: unknown) => failures.push([what, error]);

  it('undoes nothing of work that succeeds', async () => {
    const result = await withRollback((rollback) => {
      rollback.add('first', step('first'));
      return Promise.resolve('result');
    }, onFailure);
    expect(result).to.equal('result');
    expect(undone).to.deep.equal([]);
  });

  it('undoes what was done of work that fails, and gives its error', async () => {
    const busy = new Error('busy');
    const working = withRollback((rollback) => {
      rollback.add('first', step('first', busy));
      rollback.add('second', step('second'));
      return Promise.reject(new Error('broken'));
    }, onFailure);
    expect((await failureOf(working)).message).to.equal('broken');
    expect(undone).to.deep.equal(['second', 'first']);
    expect(failures).to.deep.equal([['first', busy]]);
  });
});
