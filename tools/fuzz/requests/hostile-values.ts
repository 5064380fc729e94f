import fc from 'fast-check';

/** JSON as text that `JSON.stringify` would not write: doubled and forbidden keys, numbers beyond all bounds. */
const RAW_JSON: readonly string[] = [
  '{"a": 1, "a": 2}',
  '{"__proto__": {"polluted": true}}',
  '{"\\u005f_proto__": 1}',
  '{"constructor": {"prototype": {"polluted": true}}}',
  '1e999',
  '-1e999',
  '1e308',
  '-0',
  '0.1e-400',
  '123456789012345678901234567890',
  'NaN',
  'Infinity',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u0000"',
  '"\u0001"',
  '"unterminated',
  '',
  '[,]',
  '{,}',
  "'single'",
  '/* comment */ 1',
];

const NUMBERS: readonly number[] = [
  -1,
  -0,
  0.5,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 63,
  2 ** 64,
  1e21,
  1e300,
  5e-324,
  65_536,
];

const TEXTS: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '/',
  '//',
  '../../../../etc/passwd',
  '/srv/../etc/shadow',
  '/proc/self/root/etc/passwd',
  'a/b',
  '-rf',
  '--help',
  'name\0',
  'line\nbreak',
  'tab\tand\rreturn',
  '\x1b[31mred\x1b[0m',
  '\u202egnp.exe',
  '$(reboot)',
  '`id`; true',
  '%s%n%d',
  '*',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'ümläut',
  '😀',
  '\ufeff',
  'null',
  'true',
  '0',
];

const LONG_LENGTHS = [255, 256, 4096, 4097, 70_000];

/** A value of a wrong kind, an edge or a trap; in place of nearly any other it is refused. */
export function hostileValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null]) },
    { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
    { weight: 2, arbitrary: longText() },
    { weight: 1, arbitrary: nested() },
    { weight: 1, arbitrary: fc.array(fc.constant(0), { minLength: 1000, maxLength: 2000 }) },
    { weight: 2, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
}

/** Text that goes into a body as it is. */
export function rawJson(): fc.Arbitrary<string> {
  return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...RAW_JSON) }, deepText());
}

function longText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('a', '/a', '../', 'é', '\n'), fc.constantFrom(...LONG_LENGTHS))
    .map(([unit, length]) => unit.repeat(length).slice(0, length));
}

function nested(): fc.Arbitrary<unknown> {
  return fc.integer({ min: 1, max: 70 }).map((depth) => {
    let value: unknown = 0;
    for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
    return value;
  });
}

/** Deeper than any program that calls itself for each level can go. */
function deepText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('[', '{"a":'), fc.constantFrom(60, 64, 65, 1000, 100_000))
    .map(([open, depth]) => open.repeat(depth));
}
