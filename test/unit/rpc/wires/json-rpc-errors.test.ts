import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BlockDeviceError, Refusal, RpcFailure } from '../../../../src/base/errors.js';
import { JSON_RPC_ERRORS } from '../../../../src/generated/failures.js';
import { failureMessage, UnknownCallError } from '../../../../src/rpc/failures.js';
import { toJsonRpcError } from '../../../../src/rpc/wires/json-rpc-errors.js';
import { JsonError } from '../../../../src/rpc/wires/strict-json.js';

describe('JSON_RPC_ERRORS', () => {
  it('has a code and a name of its own for each kind', () => {
    const rows = Object.values(JSON_RPC_ERRORS);
    expect(new Set(rows.map(({ code }) => code))).to.have.property('size', rows.length);
    expect(new Set(rows.map(({ name }) => name))).to.have.property('size', rows.length);
  });

  it('has what rpc-schema/errors.json says', () => {
    expect(JSON_RPC_ERRORS.hypervisor).to.deep.equal({
      code: -32001,
      name: 'HypervisorError',
      message: 'The hypervisor failed',
    });
  });

  it('keeps to the codes that the specification leaves to servers', () => {
    for (const { code } of Object.values(JSON_RPC_ERRORS))
      expect(code >= -32099 && code <= -32000 ? 0 : code).to.be.oneOf([
        0, -32700, -32600, -32601, -32602, -32603,
      ]);
  });
});

describe('toJsonRpcError', () => {
  it('gives a failure its code, its message and its data', () => {
    const error = new RpcFailure('Disk busy', {
      kind: 'busy',
      data: { holder: 'inst1', kind: 'x' },
    });
    expect(toJsonRpcError(error)).to.deep.equal({
      code: -32005,
      message: 'Disk busy',
      data: { holder: 'inst1', kind: 'busy' },
    });
  });

  it('says nothing of an exception but what Ganeti would', () => {
    expect(toJsonRpcError(new TypeError('x is undefined'))).to.deep.equal({
      code: -32603,
      message: 'Internal error',
      data: {
        kind: 'internal',
        message: 'Error while executing backend function: x is undefined',
      },
    });
  });

  it('names the call that is unknown', () => {
    expect(toJsonRpcError(new UnknownCallError('nil'))).to.deep.equal({
      code: -32601,
      message: 'Method not found',
      data: { kind: 'unknown-call', call: 'nil' },
    });
  });

  it('says where JSON is wrong', () => {
    expect(toJsonRpcError(new JsonError('Number too large', 7))).to.deep.equal({
      code: -32700,
      message: 'Parse error',
      data: { kind: 'parse-error', message: 'Number too large at character 7', position: 7 },
    });
  });
});

describe('failureMessage', () => {
  const bare = [
    new RpcFailure('No such instance'),
    new RpcFailure('No disk', { kind: 'block-device' }),
    new Refusal('invalid-params', 'size must be a number'),
    new Refusal('not-served', 'not yet'),
    new Refusal('busy', 'later'),
    new Refusal('shutting-down', 'closing'),
  ];
  for (const error of bare)
    it(`sends a failure of the kind ${error.kind} bare`, () => {
      expect(failureMessage(error)).to.equal(error.message);
    });

  for (const error of [new BlockDeviceError('broken'), new Error('broken'), 'broken'])
    it(`puts Ganeti's words before ${String(error)}`, () => {
      expect(failureMessage(error)).to.equal('Error while executing backend function: broken');
    });
});
