import { join } from 'node:path';
import type { Writable } from 'node:stream';
import winston, { type Logger } from 'winston';
import { escapeControl } from './system/text.js';

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

/** The daemon's log; `reopen` follows a log file that was moved away. */
export interface Log {
  readonly logger: Logger;
  reopen(): void;
  /** Ends when all that was logged is written. */
  close(): Promise<void>;
}

/** Ganeti: constants.DAEMONS_LOGFILES. */
export const LOG_FILE_NAME = 'node-daemon.log';

/** Sets up winston: one line an event, control characters made visible, so that nothing in it can fake another line. */
export function openLog(options: LogOptions): Log {
  const { file } = options;
  const logger = winston.createLogger({
    level: options.level,
    format: options.format === 'json' ? jsonFormat() : textFormat(),
  });
  let fileTransport = file === undefined ? undefined : fileTo(file);
  if (fileTransport !== undefined) logger.add(fileTransport);
  if (options.isOnConsole) logger.add(consoleTransport());
  if (options.syslog !== undefined)
    // As Ganeti: what is for debugging does not go to syslog.
    logger.add(new winston.transports.Stream({ stream: options.syslog, level: 'info' }));
  return {
    logger,
    reopen: () => {
      if (file === undefined || fileTransport === undefined) return;
      const moved = fileTransport;
      fileTransport = fileTo(file);
      logger.add(fileTransport).remove(moved);
    },
    close: () =>
      new Promise((resolve) => {
        logger.once('finish', resolve);
        logger.end();
      }),
  };
}

function fileTo(filename: string) {
  return new winston.transports.File({ filename, options: { flags: 'a', mode: 0o640 } });
}

/** Everything to stderr: stdout belongs to whoever reads results. */
function consoleTransport() {
  return new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] });
}

function jsonFormat() {
  const { combine, timestamp, json } = winston.format;
  return combine(timestamp(), json());
}

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
