import { chmod, chown, mkdir, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, isDone } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import type { FileOwner } from './changes.js';

/**
 * Makes a directory and those above it; does nothing if it is there already. Node's own way to do so reports a file
 * system that is full or read-only as ENOENT.
 *
 * @returns the topmost directory that was made; undefined if all were there
 */
export async function makeDirectory(
  path: string,
  mode: number,
  step?: string,
): Promise<string | undefined> {
  const make = async () => ((await makeNewDirectory(path, { mode }, step)) ? path : undefined);
  try {
    return await make();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const topmost = await makeDirectory(dirname(path), mode, step);
    const made = await make();
    return topmost ?? made;
  }
}

/**
 * Makes a directory in one that is there.
 *
 * @returns whether it was made; false if something of that name is there already, which stays as it is
 */
export async function makeNewDirectory(
  path: string,
  { mode, owner }: { mode: number; owner?: FileOwner | undefined },
  step = 'directory made',
): Promise<boolean> {
  if (!(await isDone(['EEXIST'], mkdir(path, { mode })))) return false;
  if (owner !== undefined) {
    await chown(path, owner.uid, owner.gid);
    await chmod(path, mode);
  }
  stepDone(step, path);
  return true;
}

/** Makes a directory that nobody else can enter, with a name of its own: `prefix` and some random characters. */
export async function makeTemporaryDirectory(prefix: string): Promise<string> {
  const path = await mkdtemp(prefix);
  stepDone('directory made', path);
  return path;
}

/** @throws a system error, ENOTEMPTY for a directory with something in it */
export async function removeDirectory(path: string): Promise<void> {
  await rmdir(path);
  stepDone('directory removed', path);
}

/** Removes a directory with nothing in it; does nothing if there is none, or something else. */
export async function removeDirectoryIfEmpty(path: string): Promise<void> {
  await isDone(['ENOENT', 'ENOTEMPTY', 'ENOTDIR', 'EEXIST'], removeDirectory(path));
}

/** Removes a directory with all that is in it; does nothing if it is gone already. */
export async function removeTree(path: string): Promise<void> {
  if (await isDone(['ENOENT'], rm(path, { recursive: true }))) stepDone('tree removed', path);
}

/** Makes what was created, renamed or removed in the directory `path` survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  stepDone('directory synced', path);
}
