import { randomBytes } from 'node:crypto';
import {
  open,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  unlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/** The `code` of a system error, or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What a system error means in words ("No such file or directory"), or the message of any other error. */
export function errorReason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return words === undefined ? message : words.charAt(0).toUpperCase() + words.slice(1);
}

/** The text of `path`, or undefined when there is no such file. */
export async function readIfExists(path: string): Promise<string | undefined> {
  return ignoring(['ENOENT'], readFile(path, 'utf8'));
}

/** Removes the file at `path`; one that is gone already is as good. */
export async function removeIfExists(path: string): Promise<void> {
  await ignoring(['ENOENT'], unlink(path));
}

/** The result of `work`, or undefined when it fails with one of the system error `codes`. */
export async function ignoring<T>(
  codes: readonly string[],
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** User and group of a file, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What a new file is like; what is left out is what any file of ours has. */
export interface FileAttributes {
  /** Permission bits; 0600 unless given. */
  readonly mode?: number | undefined;
  readonly owner?: FileOwner | undefined;
  /** When it was last read and changed, in seconds since the epoch. */
  readonly times?: { readonly atime: number; readonly mtime: number } | undefined;
}

type FileData = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Replaces the file at `path` whole: a reader, also one after a power failure, finds the old text or the new one.
 *
 * A symbolic link at `path` is replaced, not followed. A failure leaves nothing behind.
 *
 * @param mode permission bits of the new file
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  await replaceFile(path, data, { mode });
}

/** Like `writeFileAtomically`, for data that may come piece by piece and a file of any owner. */
export async function replaceFile(
  path: string,
  data: FileData,
  attributes: FileAttributes,
): Promise<void> {
  await replaceUnsynced(path, data, attributes);
  await syncDirectory(dirname(path));
}

/**
 * Like `replaceFile`, for many files in one folder: after a power failure some may have the old text until
 * `syncDirectory` was called for it.
 */
export async function replaceUnsynced(
  path: string,
  data: FileData,
  attributes: FileAttributes,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await withFile(temporary, 'wx', 0o600, async (file) => {
      await writeFile(file, data);
      await setAttributes(file, attributes);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await removeIfExists(temporary);
    throw error;
  }
}

async function setAttributes(
  file: FileHandle,
  { mode = 0o600, owner, times }: FileAttributes,
): Promise<void> {
  // The owner first: a change of owner takes bits of the mode away.
  if (owner !== undefined) await file.chown(owner.uid, owner.gid);
  await file.chmod(mode);
  if (times !== undefined) await file.utimes(times.atime, times.mtime);
}

/** Makes what was created, renamed or removed in the folder `path` survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  await withFile(path, 'r', undefined, (directory) => directory.sync());
}

/** Makes `path` a symbolic link to `target`; a file or another link that was there is replaced in one step. */
export async function replaceLink(target: string, path: string): Promise<void> {
  const existing = await ignoring(['ENOENT', 'EINVAL'], readlink(path));
  if (existing === target) return;
  const temporary = temporaryName(path);
  await symlink(target, temporary);
  try {
    await rename(temporary, path);
  } catch (error) {
    await removeIfExists(temporary);
    throw error;
  }
}

/** A name beside `path`, short: a long file name plus a suffix could be too long. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${randomBytes(9).toString('base64url')}.new`);
}

const TEMPORARY_NAME = /^\.[\w-]{12}\.new$/;

/** Removes what a process that was killed in `writeFileAtomically` or `replaceLink` has left in a folder. */
export async function removeTemporaries(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => TEMPORARY_NAME.test(name));
  await Promise.all(names.map((name) => removeIfExists(join(directory, name))));
}

async function withFile(
  path: string,
  flags: string,
  mode: number | undefined,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** The last `count` lines of the file at `path`, reading at most its last 16 KiB; none when there is no such file. */
export async function tailFile(path: string, count: number): Promise<string[]> {
  const file = await ignoring(['ENOENT'], open(path, 'r'));
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 16 * 1024);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
    return text === '' ? [] : text.split('\n').slice(-count);
  } finally {
    await file.close();
  }
}
