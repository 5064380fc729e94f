import { stat } from 'node:fs/promises';
import { ignoring } from '../../base/errno.js';
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
export class AuthorizedKeys {
  readonly path: string;
  readonly #whenMounted: WhenMounted | undefined;

  constructor(path: string, whenMounted?: WhenMounted) {
    this.path = path;
    this.#whenMounted = whenMounted;
  }

  /** Adds those of `keys` that are not there yet (Ganeti: ssh.AddAuthorizedKeys). */
  async add(keys: readonly string[]): Promise<void> {
    const lines = await this.lines();
    const known = new Set(lines.map(identityOf));
    const added = keys.filter((key) => {
      const isNew = !known.has(identityOf(key));
      known.add(identityOf(key));
      return isNew;
    });
    if (added.length > 0) await this.#write([...lines, ...added.map((key) => key.trimEnd())]);
  }

  /** Ganeti: ssh.RemoveAuthorizedKeys */
  async remove(keys: readonly string[]): Promise<void> {
    const removed = new Set(keys.map(identityOf).filter((identity) => identity !== ''));
    const lines = await this.lines();
    const kept = lines.filter((line) => !removed.has(identityOf(line)));
    if (kept.length < lines.length) await this.#write(kept);
  }

  /** The keys of the file, for comparison by `includesKey`. */
  async lines(): Promise<string[]> {
    const text = (await readIfExists(this.path)) ?? '';
    const lines = text.split('\n');
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  }

  async #write(lines: readonly string[]): Promise<void> {
    const stats = await ignoring(['ENOENT'], stat(this.path));
    await replaceFile(this.path, lines.map((line) => `${line}\n`).join(''), {
      mode: (stats?.mode ?? 0o600) & 0o7777,
      owner: stats,
      whenMounted: this.#whenMounted,
    });
  }
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
