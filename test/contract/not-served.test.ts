/** The calls of Ganeti that are not served: they say so, whatever they are asked. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { CallSchemas } from '../../src/rpc/call-schemas.js';
import { callGaneti, callJsonRpc, RpcError } from '../support/rpc-client.js';
import { rejection } from '../unit/rpc/fakes.js';
import { ContractNode } from './support/contract-node.js';
import { callsIn, exchangesOf } from './support/exchanges.js';

/** Calls of this daemon that Ganeti 3.0 does not have. */
const OWN_CALLS = ['hypervisor_verify', 'instance_usage', 'resize_disk'];
const GANETI_CALLS = 108;

describe('A call that is not served', () => {
  const schemas = CallSchemas.load();
  const notServed = [...schemas.notServedCalls.keys()];
  let node: ContractNode;
  before(async () => {
    node = await ContractNode.start();
  });
  after(() => node.close());

  it('is every call of Ganeti that has no schema', () => {
    const served = schemas.names().filter((name) => !OWN_CALLS.includes(name));
    expect(new Set([...served, ...notServed])).to.have.property('size', GANETI_CALLS);
    expect([...served, ...notServed]).to.include.members(callsIn('corpus'));
  });

  for (const name of notServed)
    it(`says so: ${name}`, async () => {
      const message = `Call '${name}' is not served by this node daemon yet`;
      // As recorded, if it was.
      const [{ params } = { params: [] }] = exchangesOf('corpus', name);
      expect(await callGaneti(node.tcp, name, params)).to.deep.equal([false, message]);
      const error = await rejection(callJsonRpc(node.tcp, name, params));
      expect(error).to.be.instanceOf(RpcError).that.includes({ code: -32006, message });
      expect(error).to.have.deep.property('data', { kind: 'not-served' });
    });
});
