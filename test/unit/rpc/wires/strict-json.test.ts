import { expect } from 'chai';
import { describe, it } from 'mocha';
import { JsonError, parseJson } from '../../../../src/rpc/wires/strict-json.js';

function parse(text: string | Buffer, maxDepth = 64): unknown {
  return parseJson(Buffer.from(text), { maxDepth });
}

describe('parseJson', () => {
  const accepted = [
    '[]',
    ' {"a": [1, -2.5e3, true, null, "x"], "b": {"a": {}}} ',
    '"\\"\\\\"',
    '["\\\\\\"]", {"\\"": 1, "\\\\": 2}]',
    '{"a":{"k":1},"b":{"k":2},"c":[{"k":1},{"k":2}]}',
    '{"k":"k","v":["k","k"]}',
    '["\\ud83d\\ude00", "\\\\ud800", "é😀"]',
    '{"__proto": 1, "constructor": 2, "toString": 3}',
    '[1e308, 1e-999, 0.1, 12345678901234567890]',
    `[${'9'.repeat(308)}]`,
    '"[[[[{{{{"',
  ];
  for (const text of accepted)
    it(`reads ${text.slice(0, 40)} as JSON.parse does`, () => {
      expect(parse(text)).to.deep.equal(JSON.parse(text));
    });

  it('rounds integers above 2^53', () => {
    expect(parse('1700000000123456789')).to.equal(1700000000123456800);
  });

  it('reads as deep as it may, and no deeper', () => {
    expect(parse('[{"a":[]}]', 3)).to.deep.equal([{ a: [] }]);
    expect(() => parse('[[],[{"a":[]}]]', 3)).to.throw(
      JsonError,
      'Nested deeper than 3 levels at character 10',
    );
  });

  it('survives millions of brackets', () => {
    const deep = Buffer.alloc(5_000_000, '[');
    expect(() => parse(deep)).to.throw(JsonError, 'Nested deeper than 64 levels');
    expect(() => parse('{"a":'.repeat(1_000_000))).to.throw(JsonError, 'Nested deeper');
  });

  it('reads as many values as it may, and no more', () => {
    const limits = { maxDepth: 64, maxValues: 3 };
    expect(parseJson(Buffer.from('[{},"[,,,{}"]'), limits)).to.have.length(2);
    for (const text of ['[1,2,3,4]', '[[],[],[]]', '[{},{"a":1,"b":2}]'])
      expect(() => parseJson(Buffer.from(text), limits)).to.throw(JsonError, 'More than 3 values');
    const small = Buffer.from(`[${'{},'.repeat(3_000_000)}{}]`);
    expect(() => parseJson(small)).to.throw(JsonError, 'More than 1000000 values');
  });

  it('reads as many members of an object as it may, and no more', () => {
    const members = (count: number) =>
      `{${Array.from({ length: count }, (_, index) => `"key${index}":{"a":1,"b":2}`).join()}}`;
    const limits = { maxDepth: 64, maxMembers: 2 };
    expect(parseJson(Buffer.from(members(2)), limits)).to.have.property('key1');
    expect(() => parseJson(Buffer.from(members(3)), limits)).to.throw(
      JsonError,
      'More than 2 members in an object at character 43',
    );
    expect(parse(members(10_000))).to.have.property('key9999');
    expect(() => parse(`[${members(10_001)}]`)).to.throw(
      JsonError,
      'More than 10000 members in an object',
    );
    const objects = (count: number) =>
      `[${Array.from({ length: count }, () => members(3)).join()}]`;
    const inAll = { maxDepth: 64, maxMembersInAll: 18 };
    expect(parseJson(Buffer.from(objects(2)), inAll)).to.have.length(2);
    expect(() => parseJson(Buffer.from(objects(3)), inAll)).to.throw(
      JsonError,
      'More than 18 members in all',
    );
  });

  const refused: readonly [string, string | Buffer, string][] = [
    ['a key twice', '{"a":1,"b":{},"a":2}', 'Duplicate key "a" at character 14'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'Duplicate key "a" at character 7'],
    ['a key twice in an inner object', '[{"x":{"y":1,"y":1}}]', 'Duplicate key "y"'],
    ['a key after an inner object', '{"a":{"b":[1,{}]},"a":0}', 'Duplicate key "a"'],
    ['the key __proto__', '{"__proto__":{"admin":true}}', 'Forbidden key "__proto__"'],
    ['the key __proto__, escaped', '{"\\u005f_proto__":1}', 'Forbidden key "__proto__"'],
    ['an exponent too large', '[1,1e309]', 'Number too large at character 3'],
    ['a negative one', '[-1.5E+400]', 'Number too large at character 2'],
    ['too many digits', `[${'9'.repeat(400)}]`, 'Number too large at character 1'],
    [
      'a high surrogate alone',
      '["\\ud800"]',
      'Half of a surrogate pair in the string at character 1',
    ],
    ['a low surrogate alone', '["x\\uDC00\\ud83d"]', 'Half of a surrogate pair'],
    ['half a pair in a key', '{"\\ud800":1}', 'Half of a surrogate pair'],
    ['an unterminated string', '["abc', 'Unterminated string at character 1'],
    ['an unterminated string with an escaped quote', '["abc\\"]', 'Unterminated string'],
    ['a misplaced comma', '[1,2,]', 'Syntax error in JSON'],
    ['an early end', '{"a":[1', 'JSON'],
    ['nothing', '', 'Unexpected end of JSON'],
    ['a line break in a string', '["a\nb"]', 'Syntax error in JSON at character 3'],
    ['a bad escape in a key', '{"a\\x":1}', 'Syntax error in JSON at character 4'],
    ['NaN', '[NaN]', 'Syntax error in JSON'],
    ['closing brackets only', ']]}}', 'Syntax error in JSON'],
    ['a byte order mark', '\ufeff[]', 'Syntax error in JSON'],
    ['invalid UTF-8', Buffer.from('["\xc3\xa9\xff"]', 'latin1'), 'Invalid UTF-8 at byte 4'],
    ['an overlong form', Buffer.from('["\xc0\xaf"]', 'latin1'), 'Invalid UTF-8 at byte 2'],
    ['a surrogate in UTF-8', Buffer.from('"\xed\xa0\x80"', 'latin1'), 'Invalid UTF-8 at byte 1'],
    ['a cut character', Buffer.from('["\ufffd\xe2\x82', 'latin1'), 'Invalid UTF-8'],
  ];
  for (const [what, text, message] of refused)
    it(`refuses ${what}`, () => {
      expect(() => parse(text)).to.throw(JsonError, message);
    });

  it('finds the first bad byte behind good replacement characters', () => {
    const body = Buffer.concat([
      Buffer.from('"\ufffd\ufffd'),
      Buffer.from([0xff]),
      Buffer.from('"'),
    ]);
    expect(() => parse(body)).to.throw(JsonError, 'Invalid UTF-8 at byte 7');
  });

  it('finds the first of very many bad bytes, and one behind very many good ones', () => {
    const bad = Buffer.alloc(60_000_000, 0xff);
    expect(() => parse(bad)).to.throw(JsonError, 'Invalid UTF-8 at byte 0');
    const good = Buffer.from(`"${'\ufffdé😀x'.repeat(1_000_001)}`);
    for (const end of [[0xff], [0xe2, 0x82], [0xc0, 0xaf], [0x80]])
      expect(() => parse(Buffer.concat([good, Buffer.from(end)]))).to.throw(
        JsonError,
        `Invalid UTF-8 at byte ${good.length}`,
      );
  });

  it('never repeats the text around a mistake', () => {
    expect(() => parse('["secret" oops]'))
      .to.throw(JsonError)
      .with.property('message')
      .not.match(/secret|oops/);
  });

  it('shortens a duplicate key in its message', () => {
    const key = 'k'.repeat(100_000);
    expect(() => parse(`{"${key}":1,"${key}":2}`))
      .to.throw(JsonError)
      .with.property('message')
      .with.length.below(100);
  });

  it('leaps over long strings, with and without escapes', () => {
    const plain = 'x'.repeat(20_000_000);
    const escaped = 'line\\n\\"'.repeat(1_000_000);
    expect(parse(`["${plain}","${escaped}"]`)).to.have.nested.property('[0].length', 20_000_000);
  });
});
