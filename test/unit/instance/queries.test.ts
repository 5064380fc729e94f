import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HypervisorError, RpcFailure } from '../../../src/base/errors.js';
import type { ConsoleRequest } from '../../../src/generated/objects.js';
import type { HypervisorInstanceInfo } from '../../../src/hypervisor/hypervisor.js';
import { HypervisorRegistry } from '../../../src/hypervisor/registry.js';
import {
  allInstancesInfo,
  checkMigratable,
  instanceConsoles,
  instanceInfo,
  instanceUsage,
  listInstances,
} from '../../../src/instance/queries.js';
import { FakeHypervisor } from '../../support/fakes/fake-hypervisor.js';
import { failureOf, instanceWith } from '../storage/fixtures.js';

const BOTH = { chroot: {}, other: {} };

let chroot: FakeHypervisor;
let other: FakeHypervisor;
let queries: HypervisorRegistry;
beforeEach(() => {
  chroot = new FakeHypervisor('chroot');
  other = new FakeHypervisor('other');
  queries = new HypervisorRegistry([chroot, other]);
});

function infoOf(name: string, changes: Partial<HypervisorInstanceInfo> = {}) {
  return { name, id: 0, memory: 16, vcpus: 1, state: 0, times: 7, ...changes };
}

describe('instanceInfo', () => {
  it('tells memory, processors, state and time', async () => {
    chroot.running.add('inst1');
    expect(await instanceInfo(queries, 'inst1', 'chroot', {})).to.deep.equal({
      memory: 16,
      vcpus: 2,
      state: 0,
      time: 3,
    });
  });

  it('is empty for an instance that does not run', async () => {
    expect(await instanceInfo(queries, 'inst1', 'chroot', {})).to.deep.equal({});
  });

  it('fails for an unknown hypervisor', async () => {
    expect(await failureOf(instanceInfo(queries, 'inst1', 'kvm', {}))).to.be.instanceOf(
      HypervisorError,
    );
  });
});

describe('listInstances', () => {
  it('lists what runs under each of the hypervisors', async () => {
    chroot.running.add('inst1').add('inst2');
    other.running.add('inst3');
    expect(await listInstances(queries, ['chroot', 'other'], BOTH)).to.deep.equal([
      'inst1',
      'inst2',
      'inst3',
    ]);
    expect(await listInstances(queries, [], {})).to.deep.equal([]);
  });

  it('says which hypervisor failed', async () => {
    other.journal.fail('list', new HypervisorError('broken'));
    const error = await failureOf(listInstances(queries, ['chroot', 'other'], BOTH));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal('Error enumerating instances (hypervisor other): broken');
  });

  it('says which hypervisor is unknown', async () => {
    expect((await failureOf(listInstances(queries, ['kvm'], { kvm: {} }))).message).to.equal(
      "Error enumerating instances (hypervisor kvm): Unknown hypervisor type 'kvm'",
    );
  });

  it('fails without the parameters of a hypervisor', async () => {
    const error = await failureOf(listInstances(queries, ['chroot'], {}));
    expect(error).to.have.property('kind', 'invalid-params');
    expect(error.message).to.equal("No parameters are given for hypervisor 'chroot'");
  });
});

describe('allInstancesInfo', () => {
  it('tells of each instance by its name', async () => {
    chroot.infos = [infoOf('inst1'), infoOf('__proto__')];
    other.infos = [infoOf('inst2', { state: 1 })];
    const all = await allInstancesInfo(queries, ['chroot', 'other'], BOTH);
    expect(Object.keys(all)).to.deep.equal(['inst1', '__proto__', 'inst2']);
    expect(all['inst2']).to.deep.equal({ memory: 16, vcpus: 1, state: 1, time: 7 });
  });

  it('does not mind an instance that runs twice alike', async () => {
    chroot.infos = [infoOf('inst1')];
    other.infos = [infoOf('inst1', { times: 8, state: 1 })];
    const all = await allInstancesInfo(queries, ['chroot', 'other'], BOTH);
    expect(all['inst1']).to.include({ time: 8 });
  });

  it('fails for an instance that runs twice with different parameters', async () => {
    chroot.infos = [infoOf('inst1')];
    for (const difference of [{ memory: 17 }, { vcpus: 2 }]) {
      other.infos = [infoOf('inst1', difference)];
      const error = await failureOf(allInstancesInfo(queries, ['chroot', 'other'], BOTH));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error.message).to.equal('Instance inst1 is running twice with different parameters');
    }
  });

  it('fails without the parameters of a hypervisor, or for an unknown one', async () => {
    expect(await failureOf(allInstancesInfo(queries, ['chroot'], {}))).to.be.instanceOf(RpcFailure);
    expect(await failureOf(allInstancesInfo(queries, ['kvm'], { kvm: {} }))).to.be.instanceOf(
      HypervisorError,
    );
  });
});

describe('checkMigratable', () => {
  it('is null for an instance that runs', async () => {
    chroot.running.add('inst1.lab.test');
    expect(await checkMigratable(queries, instanceWith([]))).to.be.null;
  });

  it('fails for one that does not', async () => {
    const error = await failureOf(checkMigratable(queries, instanceWith([])));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal('Instance inst1.lab.test is not running');
  });
});

describe('instanceConsoles', () => {
  function request(name: string, hypervisor = 'chroot'): ConsoleRequest {
    const instance = { name, hypervisor };
    return { instance, node: { name: 'n' }, group: { name: 'g' }, hvParams: {}, beParams: {} };
  }

  it('asks the hypervisor of each instance', async () => {
    const consoles = await instanceConsoles(queries, { a: request('a'), b: request('b', 'other') });
    expect(consoles).to.deep.equal({
      a: { instance: 'a', kind: 'msg', message: 'console of a' },
      b: { instance: 'b', kind: 'msg', message: 'console of b' },
    });
    expect(await instanceConsoles(queries, {})).to.deep.equal({});
  });

  it('fails as a whole when one of them fails', async () => {
    const requests = { a: request('a'), b: request('b', 'kvm') };
    expect(await failureOf(instanceConsoles(queries, requests))).to.be.instanceOf(HypervisorError);
  });
});

describe('instanceUsage', () => {
  it('finds the hypervisor that the instance runs under', async () => {
    other.running.add('inst1');
    expect(await instanceUsage(queries, 'inst1')).to.deep.equal({
      memory: 4096,
      processes: 2,
      cpu_time: null,
      memory_kills: 1,
      cgroup: '/cgroup/inst1',
    });
  });

  it('fails for an instance that does not run', async () => {
    const error = await failureOf(instanceUsage(queries, 'inst1'));
    expect(error).to.be.instanceOf(RpcFailure).with.property('kind', 'hypervisor');
    expect(error.message).to.equal('Instance inst1 is not running');
    other.whyDown = () => Promise.resolve('it fell');
    expect((await failureOf(instanceUsage(queries, 'inst1'))).message).to.equal(
      'Instance inst1 is not running; it fell',
    );
  });
});
