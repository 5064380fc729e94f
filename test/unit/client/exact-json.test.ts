import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseExactly, stringifyExactly } from '../../../src/client/exact-json.js';

describe('parseExactly', () => {
  for (const [text, value] of [
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['[1,{"a":123456789012345678901234567890}]', [1, { a: 123456789012345678901234567890n }]],
    // As JavaScript prints 2^64: nothing of it is lost.
    ['18446744073709552000', 2 ** 64],
    ['1000000000000000000001', 1000000000000000000001n],
    // No integers.
    [
      '[0.1234567890123456,1e30,1.234567890123456e-7]',
      [0.1234567890123456, 1e30, 1.234567890123456e-7],
    ],
    ['1234567890123456e2', 1234567890123456e2],
    // No numbers.
    ['{"12345678901234567":"12345678901234567"}', { '12345678901234567': '12345678901234567' }],
    [
      '["\\"12345678901234567","\\\\",12345678901234567]',
      ['"12345678901234567', '\\', 12345678901234567n],
    ],
  ] as const)
    it(`reads ${text}`, () => {
      expect(parseExactly(text)).to.deep.equal(value);
    });

  it('reads everything else as JSON.parse does', () => {
    const property = fc.property(fc.json(), fc.boolean(), (text, isLong) => {
      const all = isLong ? `[${text},12345678901234567]` : text;
      const parsed = parseExactly(all);
      expect(isLong ? (parsed as unknown[])[0] : parsed).to.deep.equal(JSON.parse(text));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('reads long strings of quotes and backslashes beside a large integer', () => {
    const string = '\\"'.repeat(1_000_000);
    const text = JSON.stringify([string, 12345678901234567n.toString()]);
    expect(parseExactly(text.replace('"12345678901234567"', '12345678901234567'))).to.deep.equal([
      string,
      12345678901234567n,
    ]);
  });

  for (const text of [
    '',
    '[12345678901234567',
    '["12345678901234567',
    '12345678901234567x',
    '012345678901234567',
  ])
    it(`rejects '${text}'`, () => {
      expect(() => parseExactly(text)).to.throw(SyntaxError);
    });
});

describe('stringifyExactly', () => {
  it('writes large integers with all their digits', () => {
    const value = { a: [123456789012345678901234567890n, -1n, 1], b: '12345678901234567' };
    const text = '{"a":[123456789012345678901234567890,-1,1],"b":"12345678901234567"}';
    expect(stringifyExactly(value)).to.equal(text);
    expect(stringifyExactly([12345678901234567n], 2)).to.equal('[\n  12345678901234567\n]');
  });

  it('writes the text that parseExactly has read', () => {
    const text =
      '{"time":1764489600123456789,"counts":[18446744073709551615,-9223372036854775808,0]}';
    expect(stringifyExactly(parseExactly(text))).to.equal(text);
  });
});
