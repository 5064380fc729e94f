import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { BlockDeviceError, HypervisorError, RpcFailure } from '../../../src/base/errors.js';
import { startInstance } from '../../../src/instance/lifecycle.js';
import { failureOf } from '../storage/fixtures.js';
import { INSTANCE, LifecycleFixture, TRAIL } from './lifecycle-fixture.js';

let fixture: LifecycleFixture;
beforeEach(() => {
  fixture = new LifecycleFixture();
});

describe('startInstance', () => {
  it('links the disks, then starts, then keeps why', async () => {
    await fixture.start();
    expect(fixture.events).to.deep.equal(['link disks', 'start', 'reason start']);
    expect(fixture.stored).to.deep.equal([
      { instance: 'inst1', steps: ['gnt:client:gnt-instance', 'gnt:daemon:noded:start'] },
    ]);
  });

  it('does nothing for an instance that runs as configured', async () => {
    fixture.hypervisor.running.add('inst1');
    await fixture.start();
    expect(fixture.events).to.deep.equal([]);
    expect(fixture.logged).to.deep.equal(['instance already running, not starting']);
  });

  it('hands over whether the start is to be paused', async () => {
    await startInstance(fixture.lifecycle, INSTANCE, true, TRAIL);
    expect(fixture.hypervisor.pauses).to.deep.equal([true]);
  });

  it('restores an instance that runs otherwise than configured', async () => {
    fixture.hypervisor.running.add('inst1');
    fixture.hypervisor.isAsConfigured = false;
    await fixture.start();
    expect(fixture.events).to.deep.equal(['link disks', 'restore']);
    expect(fixture.logged.at(-1)).to.equal('instance runs with another configuration, restoring');
  });

  it('removes the links when the hypervisor fails', async () => {
    fixture.fail('start', new HypervisorError("Can't mount the chroot dir: wrong fs type"));
    const error = await failureOf(fixture.start());
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'hypervisor');
    expect(error.message).to.equal("Hypervisor error: Can't mount the chroot dir: wrong fs type");
    expect(fixture.events).to.deep.equal(['link disks', 'start', 'unlink disks']);
  });

  it('keeps the details for programs of a failure', async () => {
    fixture.fail('start', new HypervisorError('no', { data: { log: '/x' } }));
    expect(await failureOf(fixture.start())).to.have.deep.property('data', { log: '/x' });
  });

  it('starts nothing when a disk is missing', async () => {
    fixture.fail('link disks', new BlockDeviceError("Block device 'disk/0' is not set up."));
    const error = await failureOf(fixture.start());
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal("Block device error: Block device 'disk/0' is not set up.");
    expect(fixture.events).to.deep.equal(['link disks']);
  });

  it('fails for a hypervisor that this node does not have', async () => {
    const starting = startInstance(
      fixture.lifecycle,
      { ...INSTANCE, hypervisor: 'kvm' },
      false,
      TRAIL,
    );
    expect((await failureOf(starting)).message).to.equal(
      "Hypervisor error: Unknown hypervisor type 'kvm'",
    );
  });

  it('passes on a mistake of ours as it is', async () => {
    fixture.fail('start', new TypeError('a mistake'));
    expect(await failureOf(fixture.start())).to.be.instanceOf(TypeError);
    expect(fixture.stored).to.deep.equal([]);
  });
});

describe('shutdownInstance', () => {
  beforeEach(() => {
    fixture.hypervisor.running.add('inst1');
  });

  it('stops at once what stops at once, cleans up and keeps why', async () => {
    await fixture.shutdown(60_000);
    expect(fixture.events).to.deep.equal(['stop', 'clean up', 'unlink disks', 'reason shutdown']);
    expect(fixture.stops).to.deep.equal([{ isRetry: false, timeoutMs: 60_000 }]);
    expect(fixture.clock.monotonicMs()).to.equal(0);
  });

  it('looks soon whether the instance is gone', async () => {
    fixture.stopsAfter(300);
    await fixture.shutdown(60_000);
    expect(fixture.stops).to.have.length(1);
    expect(fixture.clock.monotonicMs()).to.be.within(300, 700);
  });

  it('asks again every five seconds, with what is left of the time', async () => {
    fixture.stopsAfter(12_000);
    await fixture.shutdown(60_000);
    expect(fixture.stops).to.deep.equal([
      { isRetry: false, timeoutMs: 60_000 },
      { isRetry: true, timeoutMs: 55_000 },
      { isRetry: true, timeoutMs: 50_000 },
    ]);
  });

  it('counts the time that the attempts themselves take', async () => {
    fixture.hypervisor.onStop = (_instance, { isForced }) => {
      if (isForced === true) fixture.hypervisor.running.clear();
      else fixture.clock.pass(25_000);
    };
    await fixture.shutdown(60_000);
    expect(fixture.stops.map(({ timeoutMs }) => timeoutMs)).to.deep.equal([
      60_000,
      30_000,
      undefined,
    ]);
  });

  it('forces when the time is over', async () => {
    fixture.stopsWhenForced();
    await fixture.shutdown(12_000);
    expect(fixture.events).to.deep.equal([
      'stop',
      'stop',
      'stop',
      'stop by force',
      'clean up',
      'unlink disks',
      'reason shutdown',
    ]);
    expect(fixture.clock.monotonicMs()).to.equal(12_000);
    expect(fixture.logged).to.include('shutdown unsuccessful, forcing');
  });

  it('forces at once when there is no time', async () => {
    fixture.stopsWhenForced();
    await fixture.shutdown(0);
    expect(fixture.stops).to.deep.equal([{ isForced: true }]);
    expect(fixture.clock.monotonicMs()).to.equal(0);
  });

  it('fails when stopping fails and the instance is still there', async () => {
    fixture.hypervisor.onStop = () => undefined;
    fixture.fail('stop', new HypervisorError('no'));
    const error = await failureOf(fixture.shutdown(60_000));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'hypervisor');
    expect(error.message).to.equal("Failed to stop instance 'inst1': no");
    expect(fixture.events).to.deep.equal(['stop']);
  });

  it('succeeds when stopping fails and the instance is gone', async () => {
    fixture.fail('stop', new HypervisorError('no such instance'));
    await fixture.shutdown(60_000);
    expect(fixture.events).to.include('unlink disks');
  });

  it('fails when forcing fails and the instance is still there', async () => {
    fixture.hypervisor.onStop = () => undefined;
    fixture.fail('stop by force', new HypervisorError("Can't stop the processes"));
    const error = await failureOf(fixture.shutdown(0));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(
      "Failed to force stop instance 'inst1': Can't stop the processes",
    );
    expect(fixture.events).to.deep.equal(['stop by force']);
  });

  it('succeeds when forcing fails and the instance is gone', async () => {
    fixture.fail('stop by force', new HypervisorError('no such instance'));
    await fixture.shutdown(0);
    expect(fixture.events).to.include('unlink disks');
  });

  it('fails when the instance survives without a word', async () => {
    fixture.hypervisor.onStop = () => undefined;
    const error = await failureOf(fixture.shutdown(0));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'hypervisor');
    expect(error.message).to.equal("Could not shutdown instance 'inst1' even by destroy");
    expect(fixture.stored).to.deep.equal([]);
  });

  it('cleans up after an instance that does not run, and keeps no reason', async () => {
    fixture.hypervisor.running.clear();
    await fixture.shutdown(60_000);
    expect(fixture.events).to.deep.equal(['clean up', 'unlink disks']);
  });

  it('does not call it a success when the clean-up fails, and keeps the links', async () => {
    fixture.fail('clean up', new HypervisorError("Can't umount the chroot dir: busy"));
    const error = await failureOf(fixture.shutdown(60_000));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(
      "Failed to clean up instance 'inst1': Can't umount the chroot dir: busy",
    );
    expect(fixture.events).to.deep.equal(['stop', 'clean up']);
  });

  it('passes on a mistake of ours as it is', async () => {
    for (const step of ['stop', 'stop by force']) fixture.fail(step, new TypeError('a mistake'));
    expect(await failureOf(fixture.shutdown(60_000))).to.be.instanceOf(TypeError);
    fixture.hypervisor.running.add('inst1');
    expect(await failureOf(fixture.shutdown(0))).to.be.instanceOf(TypeError);
  });
});

describe('rebootInstance', () => {
  beforeEach(() => {
    fixture.hypervisor.running.add('inst1');
  });

  it('leaves a soft reboot to the hypervisor', async () => {
    await fixture.reboot('soft');
    expect(fixture.events).to.deep.equal(['reboot', 'reason reboot']);
  });

  it('stops and starts for a hard reboot; the trail has one step', async () => {
    await fixture.reboot('hard');
    expect(fixture.events).to.deep.equal([
      'stop',
      'clean up',
      'unlink disks',
      'link disks',
      'start',
      'reason reboot',
    ]);
    expect(fixture.stored[0]?.steps).to.deep.equal([
      'gnt:client:gnt-instance',
      'gnt:daemon:noded:reboot',
    ]);
    expect(fixture.hypervisor.pauses).to.deep.equal([false]);
  });

  it('says that a hard reboot failed when it cannot be found out what runs', async () => {
    const { hypervisor } = fixture;
    const looks = [hypervisor.getInstanceInfo('inst1')];
    hypervisor.getInstanceInfo = () =>
      looks.pop() ?? Promise.reject(new HypervisorError('too many open files'));
    expect((await failureOf(fixture.reboot('hard'))).message).to.equal(
      "Failed to hard reboot instance 'inst1': too many open files",
    );
  });

  it('fails for an instance that does not run', async () => {
    fixture.hypervisor.running.clear();
    for (const type of ['soft', 'hard', 'full']) {
      const error = await failureOf(fixture.reboot(type));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error.message).to.equal("Cannot reboot instance 'inst1' that is not running");
    }
  });

  it('fails for a type that there is not, also "full", which the master does itself', async () => {
    for (const type of ['full', '', 'constructor']) {
      const error = await failureOf(fixture.reboot(type));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error.message).to.equal(`Invalid reboot_type received: '${type}'`);
    }
    expect(fixture.events).to.deep.equal([]);
  });

  it('says that a soft reboot failed', async () => {
    fixture.fail('reboot', new HypervisorError('broken'));
    const error = await failureOf(fixture.reboot('soft'));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal("Failed to soft reboot instance 'inst1': broken");
    expect(fixture.stored).to.deep.equal([]);
  });

  it('says what failed of a hard reboot', async () => {
    fixture.fail('start', new HypervisorError('broken'));
    expect((await failureOf(fixture.reboot('hard'))).message).to.equal('Hypervisor error: broken');
    expect(fixture.stored).to.deep.equal([]);
  });

  it('starts nothing that could not be stopped', async () => {
    fixture.hypervisor.onStop = () => undefined;
    fixture.fail('stop', new HypervisorError('no'));
    expect((await failureOf(fixture.reboot('hard'))).message).to.equal(
      "Failed to stop instance 'inst1': no",
    );
    expect(fixture.events).to.deep.equal(['stop']);
  });
});
