/** Properties of the JSON that comes over the wires, held against `JSON.parse`. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { JsonError, parseJson } from '../../../src/rpc/wires/strict-json.js';
import { textOf } from './texts.js';

/** What is refused although `JSON.parse` takes it. */
const STRICTER =
  /^(Nested deeper|Duplicate key|Forbidden key|Half of a surrogate|Number too large)/;

type Read = { readonly value: unknown } | { readonly error: string };

function read(text: string): Read {
  return attempt(() => parseJson(Buffer.from(text)), JsonError);
}

function readLeniently(text: string): Read {
  return attempt(() => JSON.parse(text) as unknown, SyntaxError);
}

function attempt(parse: () => unknown, Failure: new (...args: never[]) => Error): Read {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { error: error.message };
  }
}

/** Text of JSON's alphabet, mostly no JSON. */
const nearlyJson = textOf(
  ...['{', '}', '[', ']', '"', '"a"', '"a":', '\\u0061', '\\ud800', '\\udc00', '1e999', '1e-999'],
  ...[
    'null',
    'true',
    '{"a":1}',
    '"__proto__":',
    '0.1',
    '[[[[',
    ']]]]',
    '\\"',
    '\\\\',
    '/',
    '"a":1,',
  ],
);
const harmless = fc
  .jsonValue({ maxDepth: 6, noUnicodeString: false })
  .filter((value) => STRICTER.exec(shownRefusal(value)) === null);

/** Why the value may be refused, or nothing: made values have traps in them, too. */
function shownRefusal(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.includes('"__proto__"')) return 'Forbidden key';
  return /\\ud[89a-f]/.test(text) ? 'Half of a surrogate' : '';
}

describe('strict JSON', () => {
  it('reads whatever JSON.stringify writes as JSON.parse does', () => {
    fc.assert(
      fc.property(harmless, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(read(text)).to.deep.equal({ value: JSON.parse(text) as unknown });
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with JSON.parse on any text, or is stricter for one of its reasons', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const ours = read(text);
        const theirs = readLeniently(Buffer.from(text).toString());
        if ('value' in ours) expect(ours).to.deep.equal(theirs);
        else if ('value' in theirs) expect(ours.error).to.match(STRICTER);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads any bytes, or says what is wrong with them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = attempt(() => parseJson(Buffer.from(bytes)), JsonError);
        if ('error' in result) expect(result.error).to.match(/\S/);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a key that is there twice, however it is written', () => {
    const written = (key: string) =>
      fc.constantFrom(
        JSON.stringify(key),
        `"${Array.from(key)
          .map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join('')}"`,
      );
    const pairs = fc
      .stringMatching(/^[a-z"\\]{0,5}$/)
      .chain((key) => fc.tuple(written(key), written(key)));
    fc.assert(
      fc.property(pairs, harmless, ([one, other], value) => {
        const json = JSON.stringify(value);
        expect(read(`{${one}: ${json}, ${other}: ${json}}`))
          .to.have.property('error')
          .that.matches(/^Duplicate key/);
        expect(read(`[{${one}: ${json}}, {${other}: ${json}}]`)).to.have.property('value');
      }),
    );
  });

  const depths = fc.oneof(fc.integer({ min: 60, max: 70 }), fc.integer({ min: 1, max: 200_000 }));
  it('takes nesting up to its limit and not beyond, at any depth and without a stack', () => {
    fc.assert(
      fc.property(depths, fc.boolean(), (depth, isObject) => {
        const open = isObject ? '{"a":' : '[';
        const text = `${open.repeat(depth)}0${(isObject ? '}' : ']').repeat(depth)}`;
        expect('value' in read(text)).to.equal(depth <= 64);
      }),
    );
  });
});
