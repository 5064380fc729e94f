import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { errorCode, ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { makeDirectory } from '../../system/file/directories.js';

const DIRECTORY_MODE = 0o750;

/**
 * Checks that a file belongs to an export, as the path is written and where links lead.
 *
 * @param exportDir the directory of exports
 * @returns the path without links
 * @throws RpcFailure
 */
export async function acceptedPath(exportDir: string, file: string): Promise<string> {
  if (!isAbsolute(file) || normalize(file) !== file || file.endsWith('/'))
    throw new RpcFailure(`Path '${file}' is not normalized or absolute`);
  const real = await realPath(file);
  const directory = await realPath(exportDir);
  if (!real.startsWith(`${directory}/`))
    throw new RpcFailure(`File '${file}' is not under exports directory '${exportDir}': ${real}`);
  return real;
}

/** Makes the directory that a file, accepted before, is to be in. */
export async function makeDirectoryOf(file: string): Promise<void> {
  await makeDirectory(dirname(file), DIRECTORY_MODE);
}

/**
 * The directory of the export `name`.
 *
 * @throws RpcFailure for a name that leads elsewhere
 */
export function exportPath(exportDir: string, name: string): string {
  if (/[/\0]|^\.{0,2}$/.test(name)) throw new RpcFailure(`'${name}' is no name of an export`);
  return join(exportDir, name);
}

/** Names of the exports, sorted; undefined when there is no directory of exports. */
export async function exportNames(exportDir: string): Promise<string[] | undefined> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(exportDir));
  if (found?.isDirectory() !== true) return undefined;
  return (await readdir(exportDir)).filter((name) => !name.startsWith('.')).sort();
}

/** Where `path` leads: all that exists of it resolved, and the rest as it is. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  // What is written through a link to nowhere would be written there.
  if ((await ignoring(['ENOENT'], lstat(path)))?.isSymbolicLink() === true)
    throw new RpcFailure(`Path '${path}' is a broken symbolic link`);
  return join(await realPath(dirname(path)), basename(path));
}
