import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { NodeError } from '../../../src/base/errors.js';
import type { CallRows } from '../../../src/calls/call-row.js';
import { executeCall, type ExecutorParts } from '../../../src/calls/executor.js';
import { Locks, type Thing } from '../../../src/calls/locks.js';
import type { Instance } from '../../../src/generated/objects.js';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { FakeHypervisor } from '../../support/fakes/fake-hypervisor.js';
import { FakeCommands } from '../node/fixtures.js';
import { makeOs } from '../os/fixtures.js';
import { failureOf, fileDisk, NO_USERS } from '../storage/fixtures.js';
import { callsAsking, hypervisorAsking, type ServiceCall } from './calls-asking.js';
import { ANSWER, DISK, INSTANCE, ROWS, TRAIL } from './rows.js';

/** Their tests are in node-calls.test.ts, and below. */
const ELSEWHERE = [
  'version',
  'node_powercycle',
  'hypervisor_validate_params',
  'hypervisor_verify',
  'test_delay',
  'instance_os_add',
];

/** Locks that keep what they were asked for. */
class RecordingLocks extends Locks {
  readonly things: Thing[] = [];

  override runAll<T>(things: readonly Thing[], what: string, work: () => Promise<T>): Promise<T> {
    this.things.push(...things);
    return super.runAll(things, what, work);
  }
}

let asked: ServiceCall[];
let hypervisor: FakeHypervisor;
let calls: CallRows;
let locks: RecordingLocks;
let executor: ExecutorParts;
beforeEach(() => {
  asked = [];
  locks = new RecordingLocks();
  hypervisor = new FakeHypervisor();
  const answer = (call: ServiceCall) => {
    asked.push(call);
    if (call.name === 'hypervisor.stopInstance') hypervisor.running.clear();
    return Promise.resolve(ANSWER);
  };
  calls = callsAsking(answer, { hypervisors: hypervisorAsking(answer, hypervisor) });
  executor = { calls, locks };
});

describe('executeCall', () => {
  const schemas = CallSchemas.load();

  it('knows the calls by the names of their schemas', () => {
    expect(schemas.names()).to.include.members([...Object.keys(ROWS), ...ELSEWHERE]);
  });

  for (const [call, row] of Object.entries(ROWS))
    it(`carries out ${call}`, async () => {
      if (row.isRunning === true) hypervisor.running.add('inst1');
      await executeCall(executor, call, row.params);
      const found = asked.find(({ name }) => name === row.asks);
      expect(found).to.deep.equal({ name: row.asks, args: row.with });
      expect(locks.things).to.deep.equal([row.lock ?? []].flat());
      const reasons = asked.filter(({ name }) => name === 'storeReason').map(({ args }) => args);
      const trail = [...TRAIL, [`gnt:daemon:noded:${row.reason ?? ''}`, '', 0]];
      expect(reasons).to.deep.equal(row.reason === undefined ? [] : [['inst1', trail]]);
    });

  it('carries out instance_os_add', async () => {
    const root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const confined = new FakeCommands();
    try {
      await makeOs(join(root, 'busybox'));
      const places = { osSearchPath: [root], logDir: root, timeoutsMs: { osScript: 1000 } };
      const mounting = { diskUsers: NO_USERS, missingMountRight: () => undefined };
      const answer = () => Promise.resolve(ANSWER);
      executor = { calls: callsAsking(answer, { ...places, ...mounting, confined }), locks };
      await executeCall(executor, 'instance_os_add', [INSTANCE, true, 1]);
      const [script] = confined.asked;
      expect(script?.argv).to.deep.equal([join(root, 'busybox/create')]);
      expect(script?.options.env).to.include({
        ...{ INSTANCE_NAME: 'inst1', INSTANCE_REINSTALL: '1', DEBUG_LEVEL: '1' },
      });
      expect(locks.things).to.deep.equal(['instance inst1', { path: '/srv/disk0' }]);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('takes a lock for every call that changes an instance or its disks', () => {
    for (const [name, { lock }] of Object.entries(ROWS))
      expect(lock !== undefined, name).to.equal(schemas.get(name)?.changes);
  });

  it('answers null where an answer says no more than that it worked', async () => {
    for (const call of ['instance_start', 'blockdev_remove', 'hotplug_device', 'migration_info']) {
      const expected = call === 'migration_info' ? { devPath: '/srv/disk0' } : null;
      expect(await executeCall(executor, call, ROWS[call]?.params ?? [])).to.deep.equal(expected);
    }
  });

  it('opens the disk of which it tells the hypervisor that it has grown', async () => {
    hypervisor.running.add('inst1');
    await executeCall(executor, 'resize_disk', [INSTANCE, DISK, 80]);
    expect(asked[0]).to.deep.equal({ name: 'blockDevices.open', args: [DISK, INSTANCE] });
  });

  it('fails for names that no call has: that is no failure of the caller', async () => {
    for (const call of ['constructor', 'toString', '__proto__', 'no_such_call', '']) {
      const error = await failureOf(executeCall(executor, call, []));
      expect(error).not.to.be.instanceOf(NodeError);
      expect(error.message).to.equal(`Call ${call} has a schema but no row`);
    }
  });
});

describe('executeCall, several at once', () => {
  let running: Map<string, number>;
  let most: Map<string, number>;
  beforeEach(() => {
    running = new Map();
    most = new Map();
    const run = async ([{ name }]: readonly [Instance, ...unknown[]]) => {
      for (const key of [name, 'all']) begin(key);
      await delay(2);
      for (const key of [name, 'all']) running.set(key, (running.get(key) ?? 0) - 1);
      return null;
    };
    const changed = {
      instance_start: { ...calls.instance_start, run },
      instance_shutdown: { ...calls.instance_shutdown, run },
    };
    executor = {
      calls: { ...calls, ...changed },
      locks: new Locks({ identify: (path) => Promise.resolve([path]) }),
    };
  });

  function begin(key: string): void {
    const count = (running.get(key) ?? 0) + 1;
    running.set(key, count);
    most.set(key, Math.max(count, most.get(key) ?? 0));
  }

  /** With a disk of its own. */
  function instanceOf(name: string): Instance {
    return { ...INSTANCE, name, disks_info: [fileDisk(`/srv/${name}/disk0`)] };
  }

  function start(name: string): Promise<unknown> {
    return executeCall(executor, 'instance_start', [instanceOf(name), false, TRAIL]);
  }

  function stop(name: string): Promise<unknown> {
    return executeCall(executor, 'instance_shutdown', [instanceOf(name), 1, TRAIL]);
  }

  it('never works on one instance twice at a time', async () => {
    await Promise.all([start('inst1'), stop('inst1'), start('inst1'), stop('inst1')]);
    expect(most.get('inst1')).to.equal(1);
  });

  it('starts the work of a call when it has its lock, and not before', async () => {
    const order: string[] = [];
    const startAs = (name: string) =>
      executeCall(executor, 'instance_shutdown', [INSTANCE, 1, TRAIL], async (work) => {
        order.push(`${name} has its lock`);
        const result = await work();
        order.push(`${name} is done`);
        return result;
      });
    await Promise.all([startAs('first'), startAs('second')]);
    expect(order).to.deep.equal([
      ...['first has its lock', 'first is done'],
      ...['second has its lock', 'second is done'],
    ]);
  });

  it('starts no two instances at a time that have a disk in common', async () => {
    const names = ['inst1', 'inst2', 'inst3'];
    const others = names.map((name) => ({ ...instanceOf('inst0'), name }));
    await Promise.all(
      others.map((instance) => executeCall(executor, 'instance_start', [instance, false, TRAIL])),
    );
    expect(most.get('all')).to.equal(1);
  });

  it('works on different instances at the same time', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `inst${index}`);
    await Promise.all(names.map(start));
    expect(most.get('all')).to.equal(100);
  });
});
