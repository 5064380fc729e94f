import { constants, type Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** linux/namei.h: MAXSYMLINKS. */
const MAX_LINKS = 40;
const WRITABLE_BY_OTHERS = constants.S_IWGRP | constants.S_IWOTH;
/** Node.js has no name for it. In a directory with this bit nobody can replace what belongs to somebody else. */
const S_ISVTX = 0o1000;

/**
 * Whether nobody but root, and the user that we run as, can change what `path` leads to: each directory and link on the
 * way, and the file at its end.
 *
 * @param path absolute
 * @throws a system error when it leads nowhere
 */
export async function isTrustedPath(path: string): Promise<boolean> {
  const names = namesIn(path);
  let place = '/';
  let links = 0;
  if (!isTrusted(await lstat(place))) return false;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(place, name);
    const found = await lstat(next);
    if (!isTrusted(found)) return false;
    if (!found.isSymbolicLink()) {
      place = next;
      continue;
    }
    if (++links > MAX_LINKS) return false;
    const target = await readlink(next);
    if (target.startsWith('/')) place = '/';
    names.unshift(...namesIn(target));
  }
  return true;
}

/** The mode of a link says nothing. */
function isTrusted(found: Stats): boolean {
  if (found.uid !== 0 && found.uid !== process.geteuid?.()) return false;
  if (found.isSymbolicLink() || (found.mode & WRITABLE_BY_OTHERS) === 0) return true;
  return found.isDirectory() && (found.mode & S_ISVTX) !== 0;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
