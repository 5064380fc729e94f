/** One line of the daemon's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [name: string]: unknown;
}

/** A line of `--log-format text`: the time, the level, the message, and data by name. */
const TEXT_LINE = /^\S+Z ([A-Z]+) +(.*?)((?: \w+=.*)?)$/;
const DATUM = / (\w+)=("(?:[^"\\]|\\.)*"|\S*)/g;

/**
 * Reads a line in either format; in `--log-format text` all data are text. Any other line is something that Node.js itself
 * wrote to standard error: its level is `stderr`.
 */
export function parseLogLine(line: string): LogLine {
  if (line.startsWith('{')) return JSON.parse(line) as LogLine;
  const [, level, message, data = ''] = TEXT_LINE.exec(line) ?? [];
  if (level === undefined || message === undefined) return { level: 'stderr', message: line };
  const named = [...data.matchAll(DATUM)].map(([, name = '', text = '']) => [name, text] as const);
  return { ...Object.fromEntries<string>(named), level: level.toLowerCase(), message };
}
