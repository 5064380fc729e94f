import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HypervisorError, NodeError, Refusal } from '../../../src/base/errors.js';
import type { DispatcherParts } from '../../../src/rpc/dispatcher.js';
import { UnknownCallError } from '../../../src/rpc/failures.js';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import {
  context,
  fakeDispatcher,
  promiseWithResolvers,
  recordingLogger,
  rejection,
} from './fakes.js';

const echo = (_call: string, params: unknown[]): Promise<unknown> => Promise.resolve(params);

describe('Dispatcher.dispatch', () => {
  it('gives name and parameters to the executor', async () => {
    const dispatcher = fakeDispatcher((...all) => Promise.resolve(all));
    expect(await dispatcher.dispatch('subtract', [5, 3], context())).to.deep.equal([
      'subtract',
      [5, 3],
    ]);
  });

  it('takes parameters by name on JSON-RPC', async () => {
    const params = { subtrahend: 3, minuend: 5 };
    const result = await fakeDispatcher(echo).dispatch('subtract', params, context('json-rpc'));
    expect(result).to.deep.equal([5, 3]);
  });

  it('takes the whole body as the only parameter where the schema says so', async () => {
    const dispatcher = fakeDispatcher(echo);
    for (const body of [{ name: 'inst1' }, [1, 2]])
      expect(await dispatcher.dispatch('console_info', body, context())).to.deep.equal([body]);
    const byName = { instance: { name: 'inst1' } };
    expect(await dispatcher.dispatch('console_info', byName, context('json-rpc'))).to.deep.equal([
      { name: 'inst1' },
    ]);
  });

  for (const params of [{ minuend: 1 }, 'text', 7, null, true])
    it(`refuses ${JSON.stringify(params)} as parameters on Ganeti's wire`, async () => {
      const error = await rejection(fakeDispatcher(echo).dispatch('subtract', params, context()));
      expect(error).to.be.instanceOf(NodeError).and.include({ kind: 'invalid-params' });
    });

  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'rpc.x', '', 'nil'])
    it(`does not know '${name}'`, async () => {
      const dispatcher = fakeDispatcher(echo);
      expect(dispatcher.isKnown(name)).to.be.false;
      expect(await rejection(dispatcher.dispatch(name, [], context()))).to.be.instanceOf(
        UnknownCallError,
      );
    });

  it("takes an empty object for no parameters, on Ganeti's wire only", async () => {
    const dispatcher = fakeDispatcher((_call, params) => Promise.resolve(params));
    expect(await dispatcher.dispatch('version', {}, context())).to.deep.equal([]);
    for (const [call, params] of [
      ['subtract', {}],
      ['version', { minuend: 1 }],
    ] as const)
      expect(await rejection(dispatcher.dispatch(call, params, context()))).to.include({
        kind: 'invalid-params',
        message: `The parameters of '${call}' must be an array`,
      });
  });

  it('does not execute what the validator refuses', async () => {
    const refusal = new Refusal('invalid-params', 'minuend must be a number');
    const validate = () => {
      throw refusal;
    };
    const execute = () => Promise.reject(new Error('executed'));
    const validator = { toPositional: () => [], validate };
    const dispatcher = fakeDispatcher(execute, { validator });
    expect(await rejection(dispatcher.dispatch('subtract', ['x'], context()))).to.equal(refusal);
  });

  it('carries out the calls of the master first', async () => {
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const order: string[] = [];
    const execute = async (_call: string, [name]: unknown[]) => {
      order.push(String(name));
      await promise;
    };
    const limits = { maxConcurrentCalls: 1, maxQueuedCalls: 10 };
    const dispatcher = fakeDispatcher(execute, { limits });
    const asked = (['local', 'candidate', 'local', 'master'] as const).map((caller) =>
      dispatcher.dispatch('instance_start', [caller], context('ganeti', caller)),
    );
    resolve(undefined);
    await Promise.all(asked);
    expect(order).to.deep.equal(['local', 'master', 'candidate', 'local']);
  });

  it('gives no slot to a call that waits for something else', async () => {
    const lock = promiseWithResolvers<undefined>();
    const executor: DispatcherParts['executor'] = {
      execute: async (call, _params, start) => {
        if (call === 'instance_start') await lock.promise;
        return start(() => Promise.resolve(call));
      },
      refuseWaiting: (reason) => {
        lock.reject(reason);
      },
    };
    const limits = { maxConcurrentCalls: 1, maxQueuedCalls: 0 };
    const dispatcher = fakeDispatcher(echo, { executor, limits });
    const waiting = Array.from({ length: 260 }, () =>
      rejection(dispatcher.dispatch('instance_start', ['inst1'], context())),
    );
    expect(await dispatcher.dispatch('version', [], context())).to.equal('version');
    expect(await dispatcher.drain(60_000)).to.deep.equal({ unfinished: [] });
    for (const error of await Promise.all(waiting))
      expect(error).to.include({ kind: 'shutting-down' });
  });

  it('refuses calls when too many wait', async () => {
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const limits = { maxConcurrentCalls: 1, maxQueuedCalls: 1 };
    const dispatcher = fakeDispatcher(() => promise, { limits });
    const accepted = [1, 2].map(() => dispatcher.dispatch('version', [], context()));
    expect(await rejection(dispatcher.dispatch('version', [], context()))).to.include({
      kind: 'busy',
    });
    resolve(undefined);
    await Promise.all(accepted);
  });
});

describe('Dispatcher (log)', () => {
  it('writes one line for a call that is done, without its parameters', async () => {
    const { logger, lines } = recordingLogger();
    let time = 1000;
    const clock = { monotonicMs: () => (time += 21.4) };
    const dispatcher = fakeDispatcher(echo, { logger, clock });
    const instance = { name: 'inst1.lab.test', osparams_secret: { password: 'hunter2' } };
    await dispatcher.dispatch('instance_start', [instance], context());
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      ...context(),
      level: 'info',
      message: 'call done',
      call: 'instance_start',
      instance: 'inst1.lab.test',
      durationMs: 21,
    });
    expect(JSON.stringify(lines)).not.to.include('hunter2');
  });

  it('says which disk and which directory a call is about, without secrets', async () => {
    const { logger, lines } = recordingLogger();
    const dispatcher = fakeDispatcher(echo, { logger, schemas: CallSchemas.load() });
    const file = { dev_type: 'file', logical_id: ['loop', '/srv/inst1/disk0'] };
    const drbd = { dev_type: 'drbd8', logical_id: ['node1', 'node2', 11000, 0, 0, 'hunter2'] };
    for (const disk of [file, drbd])
      await dispatcher.dispatch('blockdev_remove', [disk], context());
    await dispatcher.dispatch('file_storage_dir_create', ['/srv/inst1'], context());
    await dispatcher.dispatch('file_storage_dir_rename', ['/srv/a', '/srv/b'], context());
    expect(lines.map(({ disk, path }) => disk ?? path)).to.deep.equal([
      'file loop /srv/inst1/disk0',
      'drbd8 node1 node2',
      '/srv/inst1',
      '/srv/a -> /srv/b',
    ]);
  });

  it('writes the kind and the reason of a failure', async () => {
    const { logger, lines } = recordingLogger();
    const failure = new HypervisorError('No such root', {
      cause: new Error('mount exited with 32'),
    });
    const dispatcher = fakeDispatcher(() => Promise.reject(failure), { logger });
    await rejection(dispatcher.dispatch('instance_start', ['inst1'], context()));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      level: 'warn',
      message: 'call failed',
      instance: 'inst1',
      kind: 'hypervisor',
      reason: 'No such root',
      cause: 'mount exited with 32',
    });
  });

  it('writes the stack of what nobody expected', async () => {
    const { logger, lines } = recordingLogger();
    const dispatcher = fakeDispatcher(() => Promise.reject(new TypeError('oops')), { logger });
    await rejection(dispatcher.dispatch('version', [], context()));
    expect(lines[0]).to.include({ level: 'error', kind: 'internal', reason: 'oops' });
    expect(lines[0]).to.have.property('stack').that.is.a('string');
  });

  it('cuts long names', async () => {
    const { logger, lines } = recordingLogger();
    const dispatcher = fakeDispatcher(echo, { logger });
    await rejection(dispatcher.dispatch('x'.repeat(1_000_000), [], context()));
    await dispatcher.dispatch('instance_start', ['y'.repeat(1_000_000)], context());
    expect(JSON.stringify(lines)).to.have.length.below(2000);
  });
});

describe('Dispatcher.drain', () => {
  it('waits for the calls that run, and refuses others', async () => {
    const { promise, resolve } = promiseWithResolvers<string>();
    const limits = { maxConcurrentCalls: 1, maxQueuedCalls: 10 };
    const dispatcher = fakeDispatcher(() => promise, { limits });
    const running = dispatcher.dispatch('version', [], context());
    const waiting = dispatcher.dispatch('version', [], context());
    const drained = dispatcher.drain(60_000);
    expect(dispatcher.isDraining).to.be.true;
    expect(await rejection(waiting)).to.include({ kind: 'shutting-down' });
    expect(await rejection(dispatcher.dispatch('version', [], context()))).to.include({
      kind: 'shutting-down',
    });
    resolve('done');
    expect(await drained).to.deep.equal({ unfinished: [] });
    expect(await running).to.equal('done');
  });

  it('names the calls that do not end in time', async () => {
    const { promise, resolve } = promiseWithResolvers<undefined>();
    const dispatcher = fakeDispatcher(() => promise);
    const running = ['version', 'subtract'].map((name) => dispatcher.dispatch(name, [], context()));
    expect(await dispatcher.drain(10)).to.deep.equal({ unfinished: ['version', 'subtract'] });
    resolve(undefined);
    await Promise.all(running);
    expect(await dispatcher.drain(60_000)).to.deep.equal({ unfinished: [] });
  });
});
