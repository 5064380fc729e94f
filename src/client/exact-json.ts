import { randomUUID } from 'node:crypto';
import { endOfString } from '../base/json-strings.js';

/** Integers of up to 15 digits are always exact. */
const LONG_NUMBER = /\d{16}/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?[1-9]\d*$/;

/**
 * `JSON.parse` that keeps every digit of an integer: if a number would print other digits, it is a `bigint`. Replies of
 * chroot-noded never hold such an integer, because it prints JavaScript numbers; those of Ganeti's daemon may.
 *
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const mark = randomUUID();
  return JSON.parse(withMarks(text, mark), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** `JSON.stringify` that writes a `bigint` as an integer. */
export function stringifyExactly(value: unknown, indent?: number): string {
  const mark = randomUUID();
  const text = JSON.stringify(
    value,
    (_key, member: unknown) => (typeof member === 'bigint' ? `${mark}${String(member)}` : member),
    indent,
  );
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}

/** Turns integers that would lose digits into strings that start with `mark`. */
function withMarks(text: string, mark: string): string {
  const markInteger = (digits: string) =>
    INTEGER.test(digits) && String(Number(digits)) !== digits ? `"${mark}${digits}"` : digits;
  let marked = '';
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return marked + text.slice(at).replace(NUMBER, markInteger);
    const end = endOfString(text, quote);
    // Not JSON: the parser reports it.
    if (end === -1) return text;
    marked += text.slice(at, quote).replace(NUMBER, markInteger) + text.slice(quote, end);
    at = end;
  }
  return marked;
}
