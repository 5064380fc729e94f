import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HypervisorError, RpcFailure } from '../../../../src/base/errors.js';
import { executeCall, type ExecutorParts } from '../../../../src/calls/executor.js';
import { Locks } from '../../../../src/calls/locks.js';
import { GANETI_VERSIONS } from '../../../../src/ganeti/versions.js';
import { CHROOT_PARAMETERS } from '../../../../src/hypervisor/chroot/chroot-parameters.js';
import { HypervisorRegistry } from '../../../../src/hypervisor/registry.js';
import { FakeHypervisor } from '../../../support/fakes/fake-hypervisor.js';
import { failureOf } from '../../storage/fixtures.js';
import { callsAsking, type ServiceCall } from '../calls-asking.js';

let hypervisor: FakeHypervisor;
let asked: ServiceCall[];
let executor: ExecutorParts;
beforeEach(() => {
  hypervisor = new FakeHypervisor('chroot', CHROOT_PARAMETERS);
  asked = [];
  const calls = callsAsking(
    (call) => {
      asked.push(call);
      return 'Reboot scheduled in 5 seconds';
    },
    { hypervisors: new HypervisorRegistry([hypervisor]) },
  );
  executor = { calls, locks: new Locks() };
});

describe('version', () => {
  for (const version of Object.values(GANETI_VERSIONS))
    it(`is the protocol of Ganeti ${version.name}'s`, async () => {
      const calls = callsAsking(() => undefined, { ganeti: { version: () => version } });
      const speaking = { calls, locks: new Locks() };
      expect(await executeCall(speaking, 'version', [])).to.equal(version.protocol);
    });
});

describe('node_powercycle', () => {
  it('answers before the hypervisor is asked', async () => {
    expect(await executeCall(executor, 'node_powercycle', ['chroot', {}])).to.equal(
      'Reboot scheduled in 5 seconds',
    );
    expect(hypervisor.journal.events).to.deep.equal([]);
    const [powercycle] = asked[0]?.args as [() => Promise<void>];
    await powercycle();
    expect(hypervisor.journal.events).to.deep.equal(['powercycle']);
  });

  it('fails for an unknown hypervisor, and schedules nothing', async () => {
    const error = await failureOf(executeCall(executor, 'node_powercycle', ['kvm', {}]));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(asked).to.deep.equal([]);
  });
});

describe('hypervisor_validate_params', () => {
  function validate(name: string, hvparams: object): Promise<unknown> {
    return executeCall(executor, 'hypervisor_validate_params', [name, hvparams]);
  }

  it('is null for what is right', async () => {
    expect(await validate('chroot', { init_script: '/ganeti-chroot' })).to.be.null;
  });

  it('fails with the bare message of the check', async () => {
    const messages = new Map<object, string>([
      [{}, "Parameter 'init_script' is missing"],
      [{ init_script: '/x', kernel: 1 }, "Parameter 'kernel' is not supported"],
      [
        { init_script: 'x' },
        "Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: 'x')",
      ],
    ]);
    for (const [hvparams, message] of messages) {
      const error = await failureOf(validate('chroot', hvparams));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error).to.have.property('kind', 'hypervisor');
      expect(error.message).to.equal(message);
    }
  });

  it('fails for an unknown hypervisor', async () => {
    const error = await failureOf(validate('kvm', {}));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal("Unknown hypervisor type 'kvm'");
  });

  it('passes on a mistake of ours as it is', async () => {
    hypervisor.validateParameters = () => Promise.reject(new TypeError('a mistake'));
    expect(await failureOf(validate('chroot', { init_script: '/x' }))).to.be.instanceOf(TypeError);
  });
});

describe('hypervisor_verify', () => {
  it('gives what the hypervisor says', async () => {
    expect(await executeCall(executor, 'hypervisor_verify', ['chroot', {}])).to.be.null;
    hypervisor.verify = () => Promise.resolve('a directory is missing');
    expect(await executeCall(executor, 'hypervisor_verify', ['chroot', {}])).to.equal(
      'a directory is missing',
    );
  });
});

describe('test_delay', () => {
  it('answers null after a while', async () => {
    const begin = performance.now();
    expect(await executeCall(executor, 'test_delay', [0.02])).to.be.null;
    expect(performance.now() - begin).to.be.at.least(18);
  });
});
