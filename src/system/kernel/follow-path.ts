import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';

/** linux/namei.h: MAXSYMLINKS. */
const MAX_LINKS = 40;
/** What reading a link fails with where there is none, or nothing that can be looked at; the last is Node.js' for a NUL. */
const NO_LINK = [
  ...['EACCES', 'EINVAL', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR'],
  'ERR_INVALID_ARG_VALUE',
];

/**
 * Goes the way of the absolute `path` as the kernel does, and visits each place on it, links as well: no place is touched
 * before it was visited.
 *
 * @param visit says whether to go on
 * @returns whether the end was reached; false also for more links than the kernel follows
 */
export async function followPath(
  path: string,
  visit: (place: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const names = namesIn(path);
  let [place, links] = ['/', 0];
  if (!(await visit(place))) return false;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(place, name);
    if (!(await visit(next))) return false;
    const target = await ignoring(NO_LINK, readlink(next));
    if (target === undefined) {
      place = next;
      continue;
    }
    if (++links > MAX_LINKS) return false;
    names.unshift(...namesIn(target));
    if (!target.startsWith('/')) continue;
    place = '/';
    if (!(await visit(place))) return false;
  }
  return true;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
