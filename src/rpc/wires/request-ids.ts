import { endOfString } from '../../base/json-strings.js';

/** What ends up in one token: a bracket, a comma, or the start of a string. */
const TOKEN = /["[\]{},]/g;
/** What follows a key: an id that is no string, or the place where a string starts. */
const NUMBER_OR_STRING =
  /\s{0,99}:\s{0,99}(?:(null|-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,300})?)(?=\s{0,99}[,}])|(?="))/y;
/** A broken text may be long, and what it means is not worth more time. */
const MAX_TOKENS = 1_000_000;

/**
 * The ids of JSON-RPC requests as they stand in the text, by their place in a batch (0 for a single request). A parser
 * rounds long numbers, and says nothing about a text with a mistake in it.
 *
 * An id that cannot be told for certain is left out.
 */
export function requestIds(body: Buffer, isBatch: boolean): (string | undefined)[] {
  // A byte is a character here: that is quick, and cannot fail.
  const text = body.toString('latin1');
  const found: ((string | undefined)[] | undefined)[] = [];
  const level = isBatch ? 2 : 1;
  let [depth, place, expectsKey] = [0, 0, false];
  for (const [at, end] of tokens(text)) {
    const sign = text.charAt(at);
    if (sign === '"') {
      if (expectsKey && text.slice(at, end) === '"id"')
        (found[place] ??= []).push(idAfter(text, end));
    } else if (sign === '[' || sign === '{') depth++;
    else if (sign !== ',') depth--;
    else if (depth < level) place++;
    expectsKey = depth === level && (sign === '{' || sign === ',');
  }
  return Array.from(found, (ids) => (ids?.length === 1 ? ids[0] : undefined));
}

/** Whether the text is that of a batch, if it is any. */
export function startsBatch(body: Buffer): boolean {
  return /^\s*\[/.test(body.toString('latin1', 0, 100));
}

/** Where brackets, commas and whole strings are: start and end. */
function* tokens(text: string): Generator<[at: number, end: number]> {
  let end = 0;
  for (let count = 0; count < MAX_TOKENS; count++) {
    TOKEN.lastIndex = end;
    const at = TOKEN.exec(text)?.index;
    if (at === undefined) return;
    end = text.charAt(at) === '"' ? endOfString(text, at) : at + 1;
    if (end === -1) return;
    yield [at, end];
  }
}

function idAfter(text: string, at: number): string | undefined {
  NUMBER_OR_STRING.lastIndex = at;
  const match = NUMBER_OR_STRING.exec(text);
  if (match === null) return undefined;
  const [before, number] = match;
  const start = at + before.length;
  const id = number ?? text.slice(start, Math.max(start, endOfString(text, start)));
  const written = Buffer.from(id, 'latin1').toString();
  return isJson(written) ? written : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
