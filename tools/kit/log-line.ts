/** One line of the daemon's log, as it is with `--log-format json`. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [name: string]: unknown;
}

/** What is no line of the log is something that Node.js itself wrote to standard error. */
export function parseLogLine(line: string): LogLine {
  return line.startsWith('{') ? (JSON.parse(line) as LogLine) : { level: 'stderr', message: line };
}
