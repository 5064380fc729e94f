import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import {
  type FileHandle,
  link,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { errorCode, ignoring, ignoringNow, isDone } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import type { FileOwner } from './changes.js';
import { syncDirectory } from './directories.js';
import { isMountedFile, overwriteFile } from './mounted-file.js';

/** The text of `path`, or undefined when there is no such file. */
export async function readIfExists(path: string): Promise<string | undefined> {
  return ignoring(['ENOENT'], readFile(path, 'utf8'));
}

/** What a file system without hard links says when it is asked for one. */
const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Gives the file at `temporary` its name. Unlike a rename, that does not take the place of another file.
 *
 * @param hardLink makes a second name for a file
 * @throws a system error, EEXIST where there is a file of that name
 */
export async function nameNewFile(temporary: string, path: string, hardLink = link): Promise<void> {
  try {
    await hardLink(temporary, path);
    stepDone('file named', path);
    await removeIfExists(temporary);
  } catch (error) {
    if (!NO_HARD_LINKS.includes(errorCode(error) ?? '')) throw error;
    // For a moment an empty file has the name: that is the lesser evil where there is no other way.
    await withFile(path, 'wx', 0o600, () => Promise.resolve());
    await rename(temporary, path).catch(async (reason: unknown) => {
      await removeIfExists(path);
      throw reason;
    });
    stepDone('file named', path);
  }
}

/** Removes the file at `path`. Idempotent. */
export async function removeIfExists(path: string): Promise<void> {
  const isRemoved = await isDone(['ENOENT'], unlink(path));
  if (isRemoved) stepDone('file removed', path);
}

/** What a new file is like; what is left out is what any file of ours has. */
export interface FileAttributes {
  /** Permission bits; 0600 unless given. */
  readonly mode?: number | undefined;
  readonly owner?: FileOwner | undefined;
  /** When it was last read and changed, in seconds since the epoch. */
  readonly times?: { readonly atime: number; readonly mtime: number } | undefined;
  /** Allows to write a file in place that is a mount point, and is told of it; otherwise that fails (EBUSY). */
  readonly whenMounted?: ((path: string) => void) | undefined;
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

/**
 * Like `writeFileAtomically`, for a small file in a directory of the daemon's own that means nothing any more after the
 * machine has been started again: at once, without waiting for a disk.
 */
export function writeVolatileFile(path: string, text: string, mode = 0o600): void {
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
    stepDone('new file made', path);
    if (mode !== 0o600) chmodSync(temporary, mode);
    stepDone('new file written', path);
    renameSync(temporary, path);
    stepDone('file replaced', path);
  } catch (error) {
    ignoringNow(['ENOENT'], () => {
      unlinkSync(temporary);
    });
    throw error;
  }
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
 * Like `replaceFile`, for many files in one directory: after a power failure some may have the old text until
 * `syncDirectory` was called for it.
 */
export async function replaceUnsynced(
  path: string,
  data: FileData,
  attributes: FileAttributes,
): Promise<void> {
  if (attributes.whenMounted !== undefined && (await isMountedFile(path))) {
    await writeMounted(path, data, attributes);
    attributes.whenMounted(path);
    return;
  }
  const temporary = temporaryName(path);
  try {
    await withFile(temporary, 'wx', 0o600, async (file) => {
      stepDone('new file made', path);
      await writeFile(file, data);
      await setAttributes(file, attributes);
      await file.sync();
    });
    stepDone('new file written', path);
    await rename(temporary, path);
    stepDone('file replaced', path);
  } catch (error) {
    await removeIfExists(temporary);
    throw error;
  }
}

/** Deviation: a file that is a mount point is written in place, and not atomically; with Ganeti it can't be changed. */
async function writeMounted(
  path: string,
  data: FileData,
  { times, ...lasting }: FileAttributes,
): Promise<void> {
  const content = typeof data === 'string' ? Buffer.from(data) : await collected(data);
  await overwriteFile(path, content, {
    prepare: (file) => setAttributes(file, lasting),
    finish: (file) => setTimes(file, times),
  });
}

function collected(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return data instanceof Uint8Array ? Promise.resolve(data) : buffer(data);
}

async function setAttributes(
  file: FileHandle,
  { mode = 0o600, owner, times }: FileAttributes,
): Promise<void> {
  // The owner first: a change of owner takes bits of the mode away.
  if (owner !== undefined) await file.chown(owner.uid, owner.gid);
  await file.chmod(mode);
  await setTimes(file, times);
}

async function setTimes(file: FileHandle, times: FileAttributes['times']): Promise<void> {
  if (times !== undefined) await file.utimes(times.atime, times.mtime);
}

/** Makes `path` a symbolic link to `target`; a file or another link that was there is replaced in one step. */
export async function replaceLink(target: string, path: string): Promise<void> {
  const existing = await ignoring(['ENOENT', 'EINVAL'], readlink(path));
  if (existing === target) return;
  const temporary = temporaryName(path);
  await symlink(target, temporary);
  stepDone('new link made', path);
  try {
    await rename(temporary, path);
    stepDone('link replaced', path);
  } catch (error) {
    await removeIfExists(temporary);
    throw error;
  }
}

/** The names of files that are not finished: they are renamed when they are. */
export const TEMPORARY_NAME = /^\.noded-[\w-]{12}\.new$/;

/** A name beside `path`, short: a long file name plus a suffix could be too long. */
function temporaryName(path: string): string {
  return temporaryBeside(path, randomBytes(9));
}

/** As any other temporary name, but the same each time: the next attempt finds what was left. */
export function steadyTemporaryName(path: string): string {
  return temporaryBeside(path, createHash('sha256').update(basename(path)).digest().subarray(0, 9));
}

function temporaryBeside(path: string, mark: Buffer): string {
  return join(dirname(path), `.noded-${mark.toString('base64url')}.new`);
}

/** Removes what a process that was killed while it made or replaced a file or a link has left in a directory. */
export async function removeTemporaries(directory: string): Promise<void> {
  const all = (await ignoring(['ENOENT', 'ENOTDIR'], readdir(directory))) ?? [];
  const names = all.filter((name) => TEMPORARY_NAME.test(name));
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
