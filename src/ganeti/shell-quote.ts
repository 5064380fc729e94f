/**
 * One word for a POSIX shell, which takes it as it is (Ganeti: utils.ShellQuote).
 *
 * Ganeti's import-export helper takes command lines, and so does a shell at the other end of SSH.
 */
export function shellQuote(word: string): string {
  if (/^[-.,=:/_+@A-Za-z0-9]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of words (Ganeti: utils.ShellQuoteArgs). */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}
