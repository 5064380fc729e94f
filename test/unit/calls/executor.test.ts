import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { NodeError } from '../../../src/base/errors.js';
import { Executor } from '../../../src/calls/executor.js';
import { Locks } from '../../../src/calls/locks.js';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { failureOf } from '../storage/fixtures.js';
import { callsAsking, type ServiceCall } from './calls-asking.js';
import { DISK, INSTANCE, ROWS, TRAIL } from './rows.js';

/** These ask the hypervisor, or nobody: their tests are in node-calls.test.ts. */
const ELSEWHERE = [
  'version',
  'node_powercycle',
  'hypervisor_validate_params',
  'hypervisor_verify',
  'test_delay',
];

/** Locks that keep what they were asked for. */
class RecordingLocks extends Locks {
  readonly keys: string[] = [];

  override run<T>(key: string, what: string, work: () => Promise<T>): Promise<T> {
    this.keys.push(key);
    return super.run(key, what, work);
  }
}

let asked: ServiceCall[];
let locks: RecordingLocks;
let executor: Executor;
beforeEach(() => {
  asked = [];
  locks = new RecordingLocks();
  const calls = callsAsking((call) => {
    asked.push(call);
    return Promise.resolve({ devPath: '/srv/disk0' });
  });
  executor = new Executor({ calls, locks });
});

describe('Executor.execute', () => {
  const schemas = CallSchemas.load();

  it('knows the calls by the names of their schemas', () => {
    expect(schemas.names()).to.include.members([...Object.keys(ROWS), ...ELSEWHERE]);
  });

  for (const [call, row] of Object.entries(ROWS))
    it(`carries out ${call}`, async () => {
      await executor.execute(call, row.params);
      expect(asked.at(-1)).to.deep.equal({ name: row.asks, args: row.with });
      expect(locks.keys).to.deep.equal([row.lock ?? []].flat());
    });

  it('takes a lock for every call that changes an instance or its disks', () => {
    for (const [name, { lock }] of Object.entries(ROWS))
      expect(lock !== undefined, name).to.equal(schemas.get(name)?.changes);
  });

  it('answers null where an answer says no more than that it worked', async () => {
    for (const call of ['instance_start', 'blockdev_remove', 'hotplug_device', 'migration_info']) {
      const expected = call === 'migration_info' ? { devPath: '/srv/disk0' } : null;
      expect(await executor.execute(call, ROWS[call]?.params ?? [])).to.deep.equal(expected);
    }
  });

  it('opens the disk of which it tells the hypervisor that it has grown', async () => {
    await executor.execute('resize_disk', [INSTANCE, DISK, 80]);
    expect(asked[0]).to.deep.equal({ name: 'blockDevices.open', args: [DISK, INSTANCE] });
  });

  it('fails for names that no call has: that is no failure of the caller', async () => {
    for (const call of ['constructor', 'toString', '__proto__', 'no_such_call', '']) {
      const error = await failureOf(executor.execute(call, []));
      expect(error).not.to.be.instanceOf(NodeError);
      expect(error.message).to.equal(`Call ${call} has a schema but no row`);
    }
  });
});

describe('Executor.execute, several at once', () => {
  let running: Map<string, number>;
  let most: Map<string, number>;
  beforeEach(() => {
    running = new Map();
    most = new Map();
    const calls = callsAsking(async ({ args: [instance] }) => {
      const { name } = instance as { name: string };
      for (const key of [name, 'all']) begin(key);
      await delay(2);
      for (const key of [name, 'all']) running.set(key, (running.get(key) ?? 0) - 1);
    });
    executor = new Executor({ calls, locks: new Locks() });
  });

  function begin(key: string): void {
    const count = (running.get(key) ?? 0) + 1;
    running.set(key, count);
    most.set(key, Math.max(count, most.get(key) ?? 0));
  }

  function start(name: string): Promise<unknown> {
    return executor.execute('instance_start', [{ ...INSTANCE, name }, false, TRAIL]);
  }

  function stop(name: string): Promise<unknown> {
    return executor.execute('instance_shutdown', [{ ...INSTANCE, name }, 1, TRAIL]);
  }

  it('never works on one instance twice at a time', async () => {
    await Promise.all([start('inst1'), stop('inst1'), start('inst1'), stop('inst1')]);
    expect(most.get('inst1')).to.equal(1);
  });

  it('works on different instances at the same time', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `inst${index}`);
    await Promise.all(names.map(start));
    expect(most.get('all')).to.equal(100);
  });
});
