import { RpcFailure } from '../../base/errors.js';

/** Sections in order, each with its options in order. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What can't be in an option's name without being read as something else. */
const UNREADABLE_NAME = /^$|^[[#;\s]|[=:\n\r]|\s$/;

/**
 * The text of a file that Python's ConfigParser reads: option names in small letters, the lines of a value after the
 * first indented, and percent signs doubled, because ConfigParser fills in what stands between them.
 *
 * Deviation: on a single percent sign Ganeti's export fails.
 *
 * @throws RpcFailure for an option that could not be read back
 */
export function formatIni(sections: IniSections): string {
  const escaped = new Map(
    [...sections].map(([name, options]) => [
      name,
      new Map([...options].map(([option, value]) => [option, value.replaceAll('%', '%%')])),
    ]),
  );
  return writeIni(escaped);
}

/** The text of sections as `parseIni` gives them, percent signs and all (Ganeti: SerializableConfigParser.Dumps). */
export function writeIni(sections: IniSections): string {
  return [...sections]
    .map(([name, options]) => {
      const lines = [...options].map(([option, value]) => optionLine(option, value));
      return `[${name}]\n${lines.join('')}\n`;
    })
    .join('');
}

function optionLine(option: string, value: string): string {
  if (UNREADABLE_NAME.test(option))
    throw new RpcFailure(`${JSON.stringify(option)} can't be the name of an option in a file`);
  return `${option.toLowerCase()} = ${value.replaceAll('\n', '\n\t')}\n`;
}

/**
 * Reads such a file; percent signs stay as they are.
 *
 * @throws RpcFailure naming the line that can't be read
 */
export function parseIni(text: string): IniSections {
  const reader = new IniReader();
  for (const [index, line] of text.split(/\r?\n/).entries()) reader.add(line, index + 1);
  return reader.sections;
}

/** Reads line by line, as Python's ConfigParser does. */
class IniReader {
  readonly sections = new Map<string, Map<string, string>>();
  #section: Map<string, string> | undefined;
  #option: string | undefined;
  #indent = 0;
  /** Empty lines that belong to a value if it goes on after them. */
  #blanks = '';

  add(line: string, number: number): void {
    const content = line.trim();
    const indent = line.length - line.trimStart().length;
    if (content === '') this.#blanks += '\n';
    else if (/^[#;]/.test(content)) return;
    else if (this.#option !== undefined && indent > this.#indent) this.#continue(content);
    else {
      this.#indent = indent;
      this.#begin(content, number);
    }
  }

  #continue(content: string): void {
    const option = this.#option ?? '';
    const before = this.#section?.get(option) ?? '';
    this.#section?.set(option, `${before}${this.#blanks}\n${content}`);
    this.#blanks = '';
  }

  #begin(content: string, number: number): void {
    this.#blanks = '';
    this.#option = undefined;
    const [, header] = /^\[(.+)\]/s.exec(content) ?? [];
    if (header !== undefined) {
      this.#section = this.sections.get(header) ?? new Map<string, string>();
      this.sections.set(header, this.#section);
      return;
    }
    // Any line break but the usual is part of a value.
    const [, name, value] = /^(.+?)\s*[=:]\s*(.*)$/s.exec(content) ?? [];
    if (this.#section === undefined || name === undefined || value === undefined)
      throw new RpcFailure(`Line ${number} is neither a section nor an option: '${content}'`);
    this.#option = name.toLowerCase();
    this.#section.set(this.#option, value);
  }
}
