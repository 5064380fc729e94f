import fc from 'fast-check';

/** `(?!…)` in a pattern of rpc-schema, one group deep. */
const LOOKAHEAD = /\(\?!(?:[^()\\]|\\.)*\)/g;

/** Strings that match `rule`. Lookaheads, which fast-check has no way to make strings of, only sort out. */
export function matching(rule: RegExp): fc.Arbitrary<string> {
  const simple = new RegExp(rule.source.replace(LOOKAHEAD, ''), rule.flags);
  return fc.stringMatching(simple).filter((text) => rule.test(text));
}
