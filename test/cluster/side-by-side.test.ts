/**
 * The same questions to Ganeti's node daemon and to ours, on hosts alike: on both wires the answers are the same, but for
 * what is meant to differ and what no two hosts can have in common. Only what changes nothing is asked.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type CallSchema, CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { UNEXPECTED } from '../contract/expectations/meant-difference.js';
import { replaced } from '../contract/support/comparison.js';
import { positional } from '../contract/support/exchanges.js';
import { DIFFERENCES } from './side-by-side/differences/all-differences.js';
import type { MeantDifference } from './side-by-side/differences/meant-difference.js';
import { Host } from './side-by-side/host.js';
import { ReplyMask } from './side-by-side/own-values.js';
import { GIVEN, REQUESTS } from './side-by-side/requests/all-requests.js';
import { type Body, bodyFor } from './side-by-side/requests/requests.js';
import { TestCluster } from './test-cluster.js';

const OURS = new TestCluster(79);
const STOCK = new TestCluster(80);
const schemas = CallSchemas.load();

describe('beside the stock daemon', () => {
  const mask = new ReplyMask();
  let ours: Host;
  let stock: Host;

  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    await allOf([OURS.up('--nodes', '2'), STOCK.up('--nodes', '2', '--stock')]);
    [ours, stock] = await Promise.all([Host.of(OURS), Host.of(STOCK)]);
  });
  after(() => allOf([OURS.down(), STOCK.down()]));

  it('every call that changes nothing is asked', () => {
    const harmless = schemas.names().filter((name) => schemas.get(name)?.changes === false);
    expect(Object.keys(REQUESTS)).to.have.members(harmless);
  });

  it('nothing is meant to differ that is not asked', () => {
    for (const table of [DIFFERENCES, GIVEN])
      for (const [call, cases] of Object.entries<object>(table))
        expect(REQUESTS[call], call).to.include.keys(Object.keys(cases));
  });

  for (const [call, cases] of Object.entries(REQUESTS))
    it(call, async () => {
      for (const [title, body] of Object.entries(cases)) await compare(call, title, body);
    });

  it('nothing is left out of the comparison in vain', () => {
    expect(mask.unused).to.deep.equal([]);
  });

  async function compare(call: string, title: string, body: Body): Promise<void> {
    const [theirs, mine, overJsonRpc] = await answers(call, title, body);
    const meant = DIFFERENCES[call]?.[title] ?? [];
    expect(mine, `${call} ${title}`).to.deep.equal(withDifferences(theirs, meant, title));
    expect(overJsonRpc, `${call} ${title}, over JSON-RPC`).to.deep.equal(withoutPrefix(mine));
  }

  async function answers(call: string, title: string, body: Body): Promise<unknown[]> {
    const given = GIVEN[call]?.[title];
    if (given !== undefined) await Promise.all([ours.change(given), stock.change(given)]);
    const schema = schemas.get(call) as CallSchema;
    return Promise.all([
      stock
        .ask(call, bodyFor(body, stock.facts))
        .then((reply) => mask.apply(call, reply, stock.facts)),
      ours
        .ask(call, bodyFor(body, ours.facts))
        .then((reply) => mask.apply(call, reply, ours.facts)),
      ours
        .askJsonRpc(call, positional(schema, bodyFor(body, ours.facts)))
        .then((reply) => mask.apply(call, reply, ours.facts)),
    ]);
  }
});

/** What our daemon should say, where Ganeti's has said `theirs`. Each difference has to be there. */
function withDifferences(
  theirs: unknown,
  meant: readonly MeantDifference[],
  title: string,
): unknown {
  let expected = theirs;
  for (const { path, stock, ours } of meant) {
    expected = replaced(expected, path, ours);
    const before = replaced(theirs, path, stock);
    expect(theirs, `the stock daemon ${title}`).to.deep.equal(before);
    expect(isDeepStrictEqual(stock, ours), `a difference at ${path} ${title}`).to.be.false;
  }
  return expected;
}

/** Ganeti's wire alone says so of messages that are no failures of calls. */
function withoutPrefix(reply: unknown): unknown {
  const [success, message] = reply as [boolean, unknown];
  return success ? reply : [success, String(message).replace(`${UNEXPECTED} `, '')];
}

/** Waits for all of them, so that none goes on behind our back, and fails as the first that failed. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks))
    if (outcome.status === 'rejected') throw outcome.reason;
}
