/**
 * Every exchange of a master with a node (test/data), asked again over both wires of a daemon that is real down to the
 * doors of the system: but for the differences that are meant, it answers as Ganeti does.
 */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { JsonRpcError } from '../../src/client/client.js';
import { JSON_RPC_ERRORS } from '../../src/generated/failures.js';
import { type CallSchema, CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { callGaneti, callJsonRpc } from '../../tools/kit/rpc-client.js';
import { MEANT_DIFFERENCES, NODE_VALUES } from './expectations.js';
import { RECORDED_SCENE_IDS, sceneOf } from './scenes.js';
import { differences, replaced } from './support/comparison.js';
import { ContractNode } from './support/contract-node.js';
import { EFFECTS, WITHOUT_EFFECT } from './support/effects/effects.js';
import {
  COLLECTIONS,
  type Exchange,
  exchangesOf,
  positional,
  type Reply,
} from './support/exchanges.js';

/** What Ganeti's wire alone puts before some messages (Ganeti: noded.HandleRequest). */
const UNEXPECTED = 'Error while executing backend function: ';

const schemas = CallSchemas.load();
const all = schemas
  .names()
  .flatMap((call) => COLLECTIONS.flatMap((collection) => exchangesOf(collection, call)));

type Ask = (node: ContractNode, call: CallSchema, params: unknown) => Promise<Reply>;

const WAYS: Readonly<Record<string, Ask>> = {
  "Ganeti's wire": (node, { name }, params) => callGaneti(node.target, name, params),
  'JSON-RPC by position': (node, call, params) => askJsonRpc(node, call, positional(call, params)),
  'JSON-RPC by name': (node, call, params) => askJsonRpc(node, call, named(call, params)),
};

async function askJsonRpc(node: ContractNode, call: CallSchema, params: unknown): Promise<Reply> {
  try {
    return [true, await callJsonRpc(node.target, call.name, params)];
  } catch (error) {
    if (!(error instanceof JsonRpcError)) throw error;
    expectDeclared(call, error);
    return [false, error.message];
  }
}

/** A call fails with the kinds that its schema names. */
function expectDeclared(call: CallSchema, { code, kind }: JsonRpcError): void {
  const row = Object.entries(JSON_RPC_ERRORS).find(([name]) => name === kind);
  expect(code).to.equal(row?.[1].code);
  if (schemas.failures.get(kind)?.from !== 'any call')
    expect(call.errors.map((error) => error.kind)).to.include(kind);
}

function named(call: CallSchema, params: unknown): Record<string, unknown> {
  const values = positional(call, params);
  return Object.fromEntries(call.params.map(({ name }, index) => [name, values[index]]));
}

/** Ganeti's reply, but for what is meant to differ. */
function expectedReply({ id, reply }: Exchange): Reply {
  return MEANT_DIFFERENCES.filter(({ exchanges }) => exchanges.includes(id)).reduce<unknown>(
    (expected, { path, ours }) => replaced(expected, path, ours),
    reply,
  ) as Reply;
}

function withoutPrefix([success, payload]: Reply): Reply {
  return [success, success ? payload : String(payload).replace(UNEXPECTED, '')];
}

function isNodeValue(call: string): (path: string) => boolean {
  const patterns = NODE_VALUES[call] ?? [];
  return (path) => patterns.some((pattern) => pattern.test(path));
}

describe('The calls', () => {
  let node: ContractNode;
  before(async () => {
    node = await ContractNode.start();
  });
  after(() => node.close());

  for (const exchange of all)
    for (const [way, ask] of Object.entries(WAYS))
      it(`answer ${exchange.id} over ${way}`, async () => {
        const call = schemas.get(exchange.call);
        if (call === undefined) throw new Error(`${exchange.call} is not served`);
        const scene = sceneOf(exchange);
        const here = node.relocated({ ...exchange, reply: expectedReply(exchange), scene });
        await node.arrange(here);
        const actual = await ask(node, call, here.params);
        const expected = way === "Ganeti's wire" ? here.reply : withoutPrefix(here.reply);
        expect(differences(expected, actual, isNodeValue(call.name))).to.deep.equal([]);
        if (actual[0]) await EFFECTS[call.name]?.(node, positional(call, here.params), actual[1]);
      });

  it('are all held against an exchange', () => {
    const asked = new Set(all.map(({ call }) => call));
    expect(schemas.names().filter((name) => !asked.has(name))).to.be.empty;
    expect(all.map(({ id }) => id)).to.include.members(RECORDED_SCENE_IDS);
  });

  it('are all held against what they change, where any succeeds', () => {
    const succeeded = new Set(
      all.filter((exchange) => expectedReply(exchange)[0]).map(({ call }) => call),
    );
    const changing = schemas.names().filter((name) => schemas.get(name)?.changes === true);
    const looked = [...Object.keys(EFFECTS), ...WITHOUT_EFFECT];
    expect(changing.filter((name) => succeeded.has(name) && !looked.includes(name))).to.be.empty;
  });

  it('differ from Ganeti only where that shows, and for a reason', () => {
    for (const { exchanges, reason } of MEANT_DIFFERENCES) {
      expect(reason).to.match(/\.$/);
      for (const id of exchanges) {
        const exchange = all.find((one) => one.id === id);
        if (exchange === undefined) throw new Error(`There is no exchange ${id}`);
        expect(expectedReply(exchange), id).not.to.deep.equal(exchange.reply);
      }
    }
  });
});
