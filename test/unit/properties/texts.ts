import fc from 'fast-check';

/** A name as root may give one to a file: any bytes but NUL and the slash, in UTF-8. */
export function fileName(): fc.Arbitrary<string> {
  const nasty = fc.constantFrom(
    ' ',
    '\t',
    '\n',
    '\\',
    '\\040',
    ' (deleted)',
    '"',
    "'",
    '$(id)',
    '#',
    '-',
    'ü',
    '😀',
    ':',
    ',',
  );
  return fc
    .array(fc.oneof(nasty, fc.string({ maxLength: 4, unit: 'grapheme' })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join('').replace(/[/\0]/g, '_'))
    .filter((name) => !/\p{Surrogate}/u.test(name) && !/^\.{0,2}$/.test(name));
}

/** An absolute path of one to three such names. */
export function filePath(): fc.Arbitrary<string> {
  return fc.array(fileName(), { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
}

/** Text that looks a little like lines of what a parser expects: `pieces` and anything else. */
export function textOf(...pieces: readonly string[]): fc.Arbitrary<string> {
  const common = [' ', '\n', '\t', '\r', '=', ':', '|', ',', '#', '-', '0', '1', '-1', '\0', '\\'];
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...pieces) },
    { weight: 3, arbitrary: fc.constantFrom(...common) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
  );
  return fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));
}

/** What `work` gives, or undefined if it fails as it may: with an error that `isExpected`. */
export async function valueUnless<T>(
  isExpected: (error: unknown) => boolean,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isExpected(error)) throw error;
    return undefined;
  }
}

/** An error that says why, with one of these words at its beginning. */
export function saying(beginning: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Error && beginning.test(error.message);
}
