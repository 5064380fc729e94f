import { isUtf8 } from 'node:buffer';
import { endOfString } from '../../base/json-strings.js';

/** A body that is refused: what is wrong with it, and where, counted in characters from 0 (bytes for bad UTF-8). */
export class JsonError extends Error {
  readonly what: string;
  readonly position: number | undefined;

  constructor(what: string, position?: number, unit: 'byte' | 'character' = 'character') {
    super(position === undefined ? what : `${what} at ${unit} ${String(position)}`);
    this.name = 'JsonError';
    this.what = what;
    this.position = position;
  }
}

export interface JsonLimits {
  /** How many arrays and objects may lie in one another. */
  readonly maxDepth: number;
  /** How many values there may be in all. */
  readonly maxValues?: number;
  /** How many members an object may have. */
  readonly maxMembers?: number;
  /** How many members there may be in all. */
  readonly maxMembersInAll?: number;
}

const DEFAULT_MAX_DEPTH = 64;
/**
 * Far more than the master ever sends: what is long are its strings. In memory an empty object takes thirty times its
 * two characters, so that a body of nothing else would need more than the engine has.
 */
const DEFAULT_MAX_VALUES = 1_000_000;
/**
 * No object of Ganeti's has more members than a cluster has nodes. Names that are all different cost the engine the most
 * by far: with a million of them it is busy for seconds.
 */
const DEFAULT_MAX_MEMBERS = 10_000;
/** node_verify has the most: a hundred thousand, where thousands of instances have parameters of their own. */
const DEFAULT_MAX_MEMBERS_IN_ALL = 500_000;
const DEFAULT_LIMITS = {
  maxValues: DEFAULT_MAX_VALUES,
  maxMembers: DEFAULT_MAX_MEMBERS,
  maxMembersInAll: DEFAULT_MAX_MEMBERS_IN_ALL,
};
/** How much of a key is repeated in a message. */
const SHOWN_KEY_LENGTH = 40;
/** Fewer digits than this cannot overflow without an exponent: the largest double has 309. */
const SAFE_NUMBER_LENGTH = 300;

/**
 * Reads JSON more strictly than `JSON.parse`, which also does the reading here: one pass over the text before looks for
 * what two programs could understand differently, or what could hurt us.
 *
 * Integers above 2^53 are rounded as JavaScript does: the nanoseconds in Ganeti's reason trails are such.
 *
 * @throws JsonError for bad UTF-8, syntax, nesting deeper than `maxDepth`, more than `maxValues` values, more than
 *   `maxMembers` members in an object or `maxMembersInAll` in all, a key twice in an object, the key `__proto__`, a number
 *   too large for a double, half of a surrogate pair
 */
export function parseJson(
  body: Buffer,
  limits: JsonLimits = { maxDepth: DEFAULT_MAX_DEPTH },
): unknown {
  const text = decodeUtf8(body);
  new Scan(text, { ...DEFAULT_LIMITS, ...limits }).run();
  return parseText(text);
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new JsonError('Invalid UTF-8', firstBadByte(body), 'byte');
  }
}

/** In ever smaller steps, as long as what they pass over is good: there may be as many bad bytes as a body has. */
function firstBadByte(body: Buffer): number {
  let good = 0;
  for (let step = body.length; step > 0; step = Math.floor(step / 2)) {
    const end = startOfCharacter(body, good + step);
    if (end > good && isUtf8(body.subarray(good, end))) good = end;
  }
  const nextLength = () => [1, 2, 3, 4].find((n) => isUtf8(body.subarray(good, good + n)));
  for (let n = nextLength(); n !== undefined && good < body.length; n = nextLength()) good += n;
  return good;
}

/** The nearest place at or before `at` where a character may start, if there is one as near as characters are long. */
function startOfCharacter(body: Buffer, at: number): number {
  const starts = [at, at - 1, at - 2, at - 3];
  return starts.find((place) => ((body[place] ?? 0) & 0xc0) !== 0x80) ?? at;
}

/** The engine's message would quote the text around the mistake, which may be a secret: only the place is kept. */
function parseText(text: string, start = 0): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (error.message.startsWith('Unexpected end')) throw new JsonError('Unexpected end of JSON');
    const place = / at position (\d+)/.exec(error.message)?.[1];
    throw new JsonError(
      'Syntax error in JSON',
      place === undefined ? place : start + Number(place),
    );
  }
}

/** An open object with the keys seen in it, or an open array. */
type Level = Set<string> | undefined;

/**
 * The pass over the text. It trusts nothing about the syntax, because it runs first, and it uses no stack of its own
 * however deep the text is.
 */
class Scan {
  readonly #text: string;
  readonly #limits: Required<JsonLimits>;
  readonly #mayHoldSurrogates: boolean;
  readonly #levels: Level[] = [];
  #values = 0;
  #members = 0;
  #expectsKey = false;

  constructor(text: string, limits: Required<JsonLimits>) {
    this.#text = text;
    this.#limits = limits;
    // Decoded UTF-8 has no lone surrogates, so that only escapes can make them.
    this.#mayHoldSurrogates = text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text);
  }

  run(): void {
    const { length } = this.#text;
    for (let at = 0; at < length; at = this.#next(at));
  }

  /** Takes what starts at `at` and returns where it ends. */
  #next(at: number): number {
    const code = this.#text.charCodeAt(at);
    switch (code) {
      case 0x22: // "
        return this.#string(at);
      case 0x2c: // ,
        this.#countValue(at);
        this.#expectsKey = this.#levels.at(-1) !== undefined;
        return at + 1;
      case 0x7b: // {
        return this.#open(new Set(), at);
      case 0x5b: // [
        return this.#open(undefined, at);
      case 0x7d: // }
      case 0x5d: // ]
        this.#levels.pop();
        return at + 1;
      default:
        return isDigit(code) ? this.#number(at) : at + 1;
    }
  }

  #open(level: Level, at: number): number {
    const { maxDepth } = this.#limits;
    if (this.#levels.length >= maxDepth)
      throw new JsonError(`Nested deeper than ${String(maxDepth)} levels`, at);
    this.#countValue(at);
    this.#levels.push(level);
    this.#expectsKey = level !== undefined;
    return at + 1;
  }

  /** A bracket is a value, and so is what follows a comma. The first within brackets is not counted: that is near enough. */
  #countValue(at: number): void {
    const { maxValues } = this.#limits;
    if (++this.#values > maxValues)
      throw new JsonError(`More than ${String(maxValues)} values`, at);
  }

  #string(at: number): number {
    const end = endOfString(this.#text, at);
    if (end === -1) throw new JsonError('Unterminated string', at);
    const keys = this.#expectsKey ? this.#levels.at(-1) : undefined;
    this.#expectsKey = false;
    if (keys !== undefined) this.#key(keys, at, end);
    if (this.#mayHoldSurrogates) this.#checkSurrogates(at, end);
    return end;
  }

  #key(keys: Set<string>, at: number, end: number): void {
    let key = this.#text.slice(at + 1, end - 1);
    if (key.includes('\\')) key = parseText(this.#text.slice(at, end), at) as string;
    if (key === '__proto__') throw new JsonError('Forbidden key "__proto__"', at);
    const { maxMembers, maxMembersInAll } = this.#limits;
    const count = keys.size;
    if (count >= maxMembers)
      throw new JsonError(`More than ${String(maxMembers)} members in an object`, at);
    if (++this.#members > maxMembersInAll)
      throw new JsonError(`More than ${String(maxMembersInAll)} members in all`, at);
    if (keys.add(key).size === count)
      throw new JsonError(`Duplicate key ${JSON.stringify(key.slice(0, SHOWN_KEY_LENGTH))}`, at);
  }

  #checkSurrogates(at: number, end: number): void {
    const raw = this.#text.slice(at, end);
    if (raw.includes('\\u') && /\p{Surrogate}/u.test(parseText(raw, at) as string))
      throw new JsonError('Half of a surrogate pair in the string', at);
  }

  #number(at: number): number {
    let end = at + 1;
    let hasExponent = false;
    for (let code = this.#text.charCodeAt(end); ; code = this.#text.charCodeAt(++end)) {
      if (code === 0x65 || code === 0x45) hasExponent = true;
      else if (!isDigit(code) && code !== 0x2e && code !== 0x2b && code !== 0x2d) break;
    }
    if (!hasExponent && end - at < SAFE_NUMBER_LENGTH) return end;
    if (Number(this.#text.slice(at, end)) === Infinity) throw new JsonError('Number too large', at);
    return end;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
