import type { Writable } from 'node:stream';
import { execa } from 'execa';
import { CLEAN_ENVIRONMENT } from './process-defaults.js';

/** A stream whose lines go to syslog, through logger(1): Node.js has no datagram sockets for /dev/log. */
export function openSyslog(tag: string): Writable {
  const child = execa('logger', ['--tag', tag, `--id=${process.pid}`], {
    env: CLEAN_ENVIRONMENT,
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    buffer: false,
    reject: false,
  });
  child.unref();
  return child.stdin;
}
