/**
 * Makes control characters visible, all but line breaks: output of programs that we do not trust must not steer the
 * reader's terminal.
 */
export function escapeControl(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it is about
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, escapeCharacter);
}

/** Like `escapeControl`, and on one line: for names, which are up to those whom we do not trust. */
export function escapeLine(text: string): string {
  return escapeControl(text).replaceAll('\n', '\\x0a');
}

function escapeCharacter(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** The lines of a text, without the empty one behind its last line break. */
export function linesOf(text: string, end: string | RegExp = '\n'): string[] {
  const lines = text.split(end);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/**
 * `text` in printable ASCII on one line, with backslash sequences for all else, as Ganeti's users read the output of
 * hooks (Ganeti: utils.SafeEncode).
 */
export function safeEncode(text: string): string {
  return Array.from(text, (character) => encodeCharacter(character)).join('');
}

const SHORT_SEQUENCES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function encodeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character;
  const hex = code.toString(16);
  if (code <= 0xff) return SHORT_SEQUENCES[character] ?? `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
