import { closeSync, constants, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ignoringNow } from '../../base/errno.js';
import type { LogTarget } from '../command/command-options.js';

/**
 * Named pipes in one directory, and beside each a file that says where what comes out of it goes. They are all that the
 * keeper of logs knows: one that is killed is replaced by another, which finds them.
 */

const PIPE = '.pipe';
/** Of one that nobody has open yet. */
const NEW_PIPE = '.new';
const TARGET = '.json';

/** Where a pipe of that name is, and the file that says where its output goes. */
export function pathsOf(directory: string, name: string) {
  const path = join(directory, name);
  return { newPipe: `${path}${NEW_PIPE}`, pipe: `${path}${PIPE}`, target: `${path}${TARGET}` };
}

/** The keeper must not wait for somebody to write. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;
const WRITE = constants.O_WRONLY | constants.O_NONBLOCK;

/** Where the keeper listens. */
export function socketPath(directory: string): string {
  return join(directory, 'socket');
}

/** The names of all pipes. */
export function pipesIn(directory: string): string[] {
  return namesEndingIn(PIPE, directory);
}

/** The names of those that were not finished. */
export function newPipesIn(directory: string): string[] {
  return namesEndingIn(NEW_PIPE, directory);
}

function namesEndingIn(suffix: string, directory: string): string[] {
  const names = ignoringNow(['ENOENT'], () => readdirSync(directory)) ?? [];
  return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
}

/** Opens a pipe for reading. Its end is seen as soon as nobody has it open for writing, also if nobody ever had. */
export function openLogPipe(directory: string, name: string): { fd: number; target: LogTarget } {
  const paths = pathsOf(directory, name);
  const target = JSON.parse(readFileSync(paths.target, 'utf8')) as LogTarget;
  const fd = openSync(paths.pipe, READ);
  // The kernel reports the end only of a pipe that somebody has had open.
  closeSync(openSync(paths.pipe, WRITE));
  return { fd, target };
}

/** Removes the names of a pipe. Who has it open goes on. Idempotent. */
export function removeLogPipe(directory: string, name: string): void {
  for (const path of Object.values(pathsOf(directory, name)))
    ignoringNow(['ENOENT', 'ENOTDIR'], () => {
      unlinkSync(path);
    });
}
