import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { initScriptOf } from '../../../../src/hypervisor/chroot/chroot-parameters.js';

describe('initScriptOf', () => {
  it('is the path inside the root, whatever else is said', () => {
    expect(initScriptOf({ init_script: '/ganeti-chroot', other: 1 })).to.equal('/ganeti-chroot');
  });

  it('fails when there is none', () => {
    expect(() => initScriptOf({})).to.throw(
      HypervisorError,
      /^Parameter 'init_script' is missing$/,
    );
  });

  it("fails in Ganeti's words for anything but an absolute normalized path", () => {
    expect(() => initScriptOf({ init_script: 'ganeti-chroot' })).to.throw(
      HypervisorError,
      /^Parameter 'init_script' fails syntax check: must be an absolute normalized path \(current value: 'ganeti-chroot'\)$/,
    );
    for (const init_script of ['/../x', '/x/', '/x\0', '', null, 1, ['/x'], { toString: 1 }])
      expect(() => initScriptOf({ init_script })).to.throw(HypervisorError);
  });
});
