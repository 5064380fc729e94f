import { join } from 'node:path';
import { Writable } from 'node:stream';
import winston, { type Logger } from 'winston';
import { escapeControl } from './base/text.js';
import { LogFile } from './system/file/log-file.js';

/** Where log lines go, and in which form. */
export interface LogOptions {
  readonly format: 'text' | 'json';
  readonly level: string;
  /** Undefined: no file. */
  readonly file: string | undefined;
  readonly isOnConsole: boolean;
  /** Undefined: no syslog. */
  readonly syslog: Writable | undefined;
}

/** The daemon's log. */
export interface Log {
  readonly logger: Logger;
  /** Resolves when every line so far is in the log file, or can't be written there in time. It never rejects. */
  written(): Promise<void>;
  /**
   * Follows a log file that was moved away.
   *
   * @throws Error when the new one can't be opened; the old one stays in use
   */
  reopen(): Promise<void>;
  /** Resolves when every line is written, or can't be written in time. */
  close(): Promise<void>;
}

/** Where winston keeps a line as it is written (triple-beam). */
const MESSAGE = Symbol.for('message');

/** Ganeti: constants.DAEMONS_LOGFILES. */
export const LOG_FILE_NAME = 'node-daemon.log';

/** Sets up winston: one line an event, control characters made visible, so that nothing in it can fake another line. */
export function openLog(options: LogOptions): Log {
  const logger = winston.createLogger({
    level: options.level,
    format: options.format === 'json' ? jsonFormat() : textFormat(),
  });
  const file =
    options.file === undefined
      ? undefined
      : new LogFile(options.file, {
          onLinesLost: (count) =>
            logger.warn('log lines lost: the log file took no more', { count }),
        });
  if (file !== undefined) logger.add(fileTransport(file));
  if (options.isOnConsole) logger.add(consoleTransport());
  if (options.syslog !== undefined)
    // As Ganeti: what is for debugging does not go to syslog.
    logger.add(new winston.transports.Stream({ stream: options.syslog, level: 'info' }));
  return {
    logger,
    written: async () => file?.written(),
    reopen: async () => file?.reopen(),
    close: async () => {
      await ended(logger);
      await file?.close();
    },
  };
}

function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('finish', resolve);
    stream.end();
  });
}

/** Not winston's own transport for files: it delays lines, and a write that fails holds up all the others. */
function fileTransport(file: LogFile) {
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      file.write(line);
      done();
    },
  });
  return new winston.transports.Stream({ stream });
}

/** Everything to stderr: stdout is for results. */
function consoleTransport() {
  return new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] });
}

function jsonFormat() {
  const { combine, timestamp, json } = winston.format;
  return combine(timestamp(), json(), escapedAsJson());
}

/** JSON itself escapes only some of the characters that a terminal obeys. */
const escapedAsJson = winston.format((info) => {
  info[MESSAGE] = String(info[MESSAGE]).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return info;
});

function textFormat() {
  const { combine, timestamp, printf } = winston.format;
  return combine(
    timestamp(),
    printf(({ timestamp: time, level, message, ...data }) => {
      const details = Object.entries(data)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${textOf(value)}`);
      const line = [
        `${String(time)} ${level.toUpperCase().padEnd(5)} ${String(message)}`,
        ...details,
      ];
      return escapeControl(line.join(' ')).replaceAll('\n', '\\n');
    }),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** The path of the daemon's log file. */
export function logFileIn(logDir: string): string {
  return join(logDir, LOG_FILE_NAME);
}
