import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { errorReason } from '../../base/errno.js';
import type { LogTarget } from '../command/command-options.js';

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/**
 * Copies what comes out of a pipe to the end of a log, up to a limit, and marks the cut when there is more. It reads on
 * then, and where nothing can be written: writers neither block nor get SIGPIPE.
 *
 * @param fd the pipe, which is closed in the end
 * @param onEnd told when nobody can write to the pipe any more, and all that came is in the log
 * @returns why the log can't be opened; undefined when it is
 */
export function keepLog(
  { fd, target: { path, limitBytes } }: { fd: number; target: LogTarget },
  onEnd: () => void,
): string | undefined {
  const log = opened(path);
  let roomBytes = limitBytes;
  let isCut = false;
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.on('data', (chunk: Buffer) => {
    if (isCut || 'reason' in log) return;
    write(log.fd, chunk.subarray(0, roomBytes));
    isCut = chunk.length > roomBytes;
    roomBytes -= chunk.length;
    if (isCut) write(log.fd, `\n[output cut here, at ${limitBytes} bytes]\n`);
  });
  pipe.on('error', () => undefined);
  pipe.on('close', () => {
    if ('fd' in log) closeSync(log.fd);
    onEnd();
  });
  return 'reason' in log ? log.reason : undefined;
}

function opened(path: string): { fd: number } | { reason: string } {
  try {
    return { fd: openSync(path, APPEND, 0o640) };
  } catch (error) {
    return { reason: `${path}: ${errorReason(error)}` };
  }
}

function write(log: number, text: string | Buffer): void {
  try {
    for (let rest = Buffer.from(text); rest.length > 0;) rest = rest.subarray(writeSync(log, rest));
  } catch {
    // There is nobody to be told. The next one may fit again.
  }
}
