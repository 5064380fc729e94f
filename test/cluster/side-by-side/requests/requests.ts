import type { Facts } from '../host.js';

/** What a request sends, or how that is made where the hosts differ. */
export type Body = readonly unknown[] | ((facts: Facts) => unknown);

/** Requests by call, and by what is special about each. */
export type Requests = Readonly<Record<string, Readonly<Record<string, Body>>>>;

/** What the body of a request is to one of the hosts. */
export function bodyFor(body: Body, facts: Facts): unknown {
  return typeof body === 'function' ? body(facts) : body;
}
