/** What the daemon says of itself. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { GanetiError } from '../../src/client/client.js';
import { JSON_RPC_ERRORS } from '../../src/generated/failures.js';
import { CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import type { OpenRpcDocument } from '../../src/rpc/schemas/openrpc.js';
import { callGaneti, callJsonRpc } from '../../tools/kit/rpc-client.js';
import { compileOpenRpc } from '../support/docs/openrpc-schema.js';
import { rejection } from '../unit/rpc/fakes.js';
import { ContractNode } from './support/contract-node.js';

describe('rpc.discover', () => {
  const schemas = CallSchemas.load();
  let node: ContractNode;
  let document: OpenRpcDocument;
  before(async () => {
    node = await ContractNode.start();
    document = (await callJsonRpc(node.target, 'rpc.discover', [])) as OpenRpcDocument;
  });
  after(() => node.close());

  it('answers with an OpenRPC document', () => {
    const isOpenRpc = compileOpenRpc();
    expect(isOpenRpc(document), JSON.stringify(isOpenRpc.errors)).to.be.true;
  });

  it('lists the calls that are served, and no others', () => {
    expect(document.methods.map(({ name }) => name)).to.deep.equal(schemas.names());
  });

  it('names the parameters of each call in order', () => {
    for (const { name, params } of document.methods) {
      const expected = schemas.get(name)?.params.map((param) => param.name);
      expect(params.map((param) => param.name)).to.deep.equal(expected);
    }
  });

  it('gives each failure the code that replies carry', () => {
    const codes = new Map(Object.entries(JSON_RPC_ERRORS).map(([kind, { code }]) => [kind, code]));
    for (const { errors } of document.methods)
      for (const { code, data } of errors) expect(code).to.equal(codes.get(data.kind));
  });

  it('says the same over the Unix socket', async () => {
    expect(await callJsonRpc(node.unix, 'rpc.discover', [])).to.deep.equal(document);
  });

  it("is no call of Ganeti's wire", async () => {
    const error = await rejection(callGaneti(node.target, 'rpc.discover', []));
    // By the HTTP status 404.
    expect(error).to.be.instanceOf(GanetiError).and.to.include({ kind: 'unknown-call' });
  });
});
