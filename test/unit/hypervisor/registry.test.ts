import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HypervisorError } from '../../../src/base/errors.js';
import { HypervisorRegistry } from '../../../src/hypervisor/registry.js';
import { FakeHypervisor } from '../../support/fakes/fake-hypervisor.js';

describe('HypervisorRegistry', () => {
  const chroot = new FakeHypervisor('chroot');
  const other = new FakeHypervisor('other');
  const registry = new HypervisorRegistry([chroot, other]);

  it('gives hypervisors by their names, and all of them', () => {
    expect(registry.get('chroot')).to.equal(chroot);
    expect(registry.get('other')).to.equal(other);
    expect(registry.all).to.deep.equal([chroot, other]);
  });

  it("does not know any other, in Ganeti's words", () => {
    for (const name of ['kvm', '', 'constructor', '__proto__'])
      expect(() => registry.get(name)).to.throw(
        HypervisorError,
        new RegExp(`^Unknown hypervisor type '${name}'$`),
      );
  });
});
