import { appendFile, chmod, rename, writeFile } from 'node:fs/promises';
import { isDone } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';

/** User and group of a file, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes a file that nobody relies on after a crash, with permission bits `mode`.
 *
 * @throws a system error, EEXIST if something of that name is there
 */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { mode, flag: 'wx' });
  stepDone('file made', path);
}

/** @param mode permission bits of the file if it has to be made */
export async function appendToFile(
  path: string,
  text: string,
  mode: number,
  step: string,
): Promise<void> {
  await appendFile(path, text, { mode });
  stepDone(step, path);
}

/** Renames a file or a directory; one that has the new name is replaced. */
export async function renamePath(from: string, to: string, step = 'file renamed'): Promise<void> {
  await rename(from, to);
  stepDone(step, to);
}

/** Like `renamePath`, but does nothing if there is nothing at `from`. */
export function renameIfExists(from: string, to: string, step?: string): Promise<boolean> {
  return isDone(['ENOENT'], renamePath(from, to, step));
}

/** Sets the permission bits of a file. */
export async function setMode(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  stepDone('mode set', path);
}
