import { constants, type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { followPath } from '../kernel/follow-path.js';

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
export function isTrustedPath(path: string): Promise<boolean> {
  return followPath(path, async (place) => isTrusted(await lstat(place)));
}

/** The mode of a link says nothing. */
function isTrusted(found: Stats): boolean {
  if (found.uid !== 0 && found.uid !== process.geteuid?.()) return false;
  if (found.isSymbolicLink() || (found.mode & WRITABLE_BY_OTHERS) === 0) return true;
  return found.isDirectory() && (found.mode & S_ISVTX) !== 0;
}
