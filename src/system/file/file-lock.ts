import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { ignoring } from '../../base/errno.js';
import { until } from '../../base/retry.js';
import { stepDone } from '../kernel/steps.js';
import { tryLock } from '../kernel/syscalls.js';
import type { FileOwner } from './changes.js';

/** How long to wait before asking for the lock again: little at first. */
const POLLING = { pollMs: 10, longestPollMs: 250 };

/** Not through a link, and without waiting if a FIFO is there. */
const OPEN_FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Somebody else holds the lock, and went on holding it. */
export class LockTimeoutError extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`Failed to lock ${path} in exclusive mode`);
    this.name = 'LockTimeoutError';
    this.path = path;
  }
}

export interface FileLockOptions {
  /** How long to wait for another holder. */
  readonly timeoutMs: number;
  /** Permission bits of the lock file, should it have to be made. */
  readonly mode?: number;
  /** Likewise; asked for only then. */
  readonly owner?: (() => Promise<FileOwner | undefined>) | undefined;
}

/**
 * Runs `work` while nobody else, here or in another program, holds the lock file at `path` (Ganeti: utils.FileLock).
 *
 * @throws LockTimeoutError when the lock cannot be had in time
 */
export async function withFileLock<T>(
  path: string,
  options: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const file = await acquire(path, options);
  try {
    return await work();
  } finally {
    await file.close();
  }
}

/**
 * Runs `work` while nobody else holds a lock on the file at `path` itself; when there is no file, or a link instead of
 * one, there is nothing to be locked.
 *
 * @throws LockTimeoutError when the lock cannot be had in time
 */
export async function withLockedFile<T>(
  path: string,
  { timeoutMs }: { timeoutMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const opening = open(path, constants.O_RDONLY | OPEN_FLAGS);
  const file = await ignoring(['ENOENT', 'ELOOP', 'ENXIO'], opening);
  try {
    if (file !== undefined) await lock(file, path, timeoutMs);
    return await work();
  } finally {
    await file?.close();
  }
}

async function acquire(path: string, options: FileLockOptions): Promise<FileHandle> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const file = await openLockFile(path, options);
    try {
      await lock(file, path, deadline - performance.now());
      // While we waited, the file may have been replaced; a lock on the old one keeps nobody out.
      if (await isStill(path, file)) return file;
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
  }
}

/** Without O_CREAT first: in directories like /var/lock the kernel refuses it for files of other users. */
async function openLockFile(
  path: string,
  { mode = 0o664, owner: ownerOf }: FileLockOptions,
): Promise<FileHandle> {
  for (;;) {
    const existing = await ignoring(['ENOENT'], open(path, constants.O_RDWR | OPEN_FLAGS));
    if (existing !== undefined) return existing;
    const owner = await ownerOf?.();
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    const created = await ignoring(['EEXIST'], open(path, flags, mode));
    if (created === undefined) continue;
    if (owner !== undefined) await created.chown(owner.uid, owner.gid);
    await created.chmod(mode);
    stepDone('lock file made', path);
    return created;
  }
}

async function lock(file: FileHandle, path: string, timeoutMs: number): Promise<void> {
  if (await until(() => tryLock(file.fd), { timeoutMs, ...POLLING })) return;
  throw new LockTimeoutError(path);
}

async function isStill(path: string, file: FileHandle): Promise<boolean> {
  const [ours, current] = [await file.stat(), await ignoring(['ENOENT'], stat(path))];
  return ours.ino === current?.ino && ours.dev === current.dev;
}
