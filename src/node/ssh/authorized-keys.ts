import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { linesOf } from '../../base/text.js';
import { readIfExists, replaceFile } from '../../system/file/files.js';
import type { WhenMounted } from '../files/mounted-files.js';

/** A line that begins with its type has no options in front of the key, and its comment does not matter. */
const KEY_TYPE = /^(?:ssh-|ecdsa-|sk-)/;

/**
 * Root's authorized_keys: whose key is in it may log in. Lines that we do not know stay as they are.
 *
 * Deviation: the file is always replaced whole, and the comment of a key never matters. Ganeti appends in place, and
 * compares the comments of keys that are neither RSA nor DSA.
 */
export interface AuthorizedKeysParts {
  /** Root's .ssh. */
  readonly sshDir: string;
  readonly whenMounted?: WhenMounted;
}

/** Adds those of `keys` that are not there yet (Ganeti: ssh.AddAuthorizedKeys). */
export async function addAuthorizedKeys(
  parts: AuthorizedKeysParts,
  keys: readonly string[],
): Promise<void> {
  const lines = await authorizedLines(parts);
  const known = new Set(lines.map(identityOf));
  const added = keys.filter((key) => {
    const isNew = !known.has(identityOf(key));
    known.add(identityOf(key));
    return isNew;
  });
  if (added.length > 0) await writeLines(parts, [...lines, ...added.map((key) => key.trimEnd())]);
}

/** Ganeti: ssh.RemoveAuthorizedKeys */
export async function removeAuthorizedKeys(
  parts: AuthorizedKeysParts,
  keys: readonly string[],
): Promise<void> {
  const removed = new Set(keys.map(identityOf).filter((identity) => identity !== ''));
  const lines = await authorizedLines(parts);
  const kept = lines.filter((line) => !removed.has(identityOf(line)));
  if (kept.length < lines.length) await writeLines(parts, kept);
}

/** The keys of the file, for comparison by `includesKey`. */
export async function authorizedLines({ sshDir }: AuthorizedKeysParts): Promise<string[]> {
  return linesOf((await readIfExists(authorizedKeysFile(sshDir))) ?? '');
}

async function writeLines(
  { sshDir, whenMounted }: AuthorizedKeysParts,
  lines: readonly string[],
): Promise<void> {
  const path = authorizedKeysFile(sshDir);
  const stats = await ignoring(['ENOENT'], stat(path));
  await replaceFile(path, lines.map((line) => `${line}\n`).join(''), {
    mode: (stats?.mode ?? 0o600) & 0o7777,
    owner: stats,
    whenMounted,
  });
}

function authorizedKeysFile(sshDir: string): string {
  return join(sshDir, 'authorized_keys');
}

/** Whether `lines` of an authorized_keys let `key` in (Ganeti: ssh.HasAuthorizedKey). */
export function includesKey(lines: readonly string[], key: string): boolean {
  return lines.some((line) => identityOf(line) === identityOf(key));
}

/**
 * Users and their lines, counted from 1, of those with more than one key among `lines`, if they are at one of `hosts`.
 *
 * Ganeti: ssh.CheckForMultipleKeys, which fails on lines without a user.
 */
export function repeatedUsers(
  lines: readonly string[],
  hosts: readonly string[],
): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) {
    const user = line.startsWith('#') ? undefined : /(?:^|\s)(\S+@\S+)/.exec(line)?.[1];
    if (user === undefined || !hosts.includes(user.slice(user.lastIndexOf('@') + 1))) continue;
    numbers.set(user, [...(numbers.get(user) ?? []), index + 1]);
  }
  return new Map([...numbers].filter(([, found]) => found.length > 1));
}

/** What of a line makes the key (Ganeti: ssh._SplitSshKey). */
function identityOf(line: string): string {
  const parts = line.trim().split(/\s+/);
  return (KEY_TYPE.test(parts[0] ?? '') ? parts.slice(0, 2) : parts).join(' ');
}
