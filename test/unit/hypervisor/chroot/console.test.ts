import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Ndparams } from '../../../../src/generated/objects.js';
import { chrootConsole } from '../../../../src/hypervisor/chroot/console.js';

function portFor(ofNode: Ndparams | undefined, ofGroup: Ndparams | undefined): number | undefined {
  return chrootConsole('inst1', '/roots/inst1', {
    primaryNode: { name: 'node1', ...(ofNode && { ndparams: ofNode }) },
    nodeGroup: { name: 'default', ...(ofGroup && { ndparams: ofGroup }) },
    hvparams: {},
    beparams: {},
  }).port;
}

describe('chrootConsole', () => {
  it("takes the port of the node, then that of the node's group", () => {
    expect(portFor({ ssh_port: 22 }, { ssh_port: 2222 })).to.equal(22);
    expect(portFor({ oob_program: '' }, { ssh_port: 2222 })).to.equal(2222);
    expect(portFor(undefined, { ssh_port: 2222 })).to.equal(2222);
  });

  it('leaves the port out when nobody says it', () => {
    expect(portFor(undefined, undefined)).to.be.undefined;
    expect(portFor({}, {})).to.be.undefined;
  });
});
