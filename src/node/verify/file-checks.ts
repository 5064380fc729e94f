import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { errorReason, ignoring } from '../../base/errno.js';
import { mapLimited } from '../../base/map-limited.js';
import { localPath } from '../../ganeti/virtual-paths.js';

/** What keeps a file from being there, or from being read as one. */
const NOT_THERE = ['ENOENT', 'ENOTDIR', 'ENXIO', 'ELOOP', 'EISDIR', 'ENAMETOOLONG'];

/** Files that are read at the same time. */
const CONCURRENCY = 3;

/** SHA-1 checksums of those that are there, by the names they were asked by (Ganeti: utils.FingerprintFiles). */
export async function checksums(
  nodeRoot: string | undefined,
  paths: readonly string[],
): Promise<Record<string, string>> {
  const found = await mapLimited(paths, CONCURRENCY, async (path) => {
    const checksum = await checksumOf(localPath(nodeRoot, path));
    return checksum === undefined ? [] : [[path, checksum] as const];
  });
  return Object.fromEntries(found.flat());
}

/** Those of `scripts` that cannot be executed. */
export async function notExecutable(scripts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const script of scripts) if (!(await isExecutable(script))) found.push(script);
  return found;
}

/** What is wrong with each of these programs for out of band management, or null. */
export async function outOfBandProblems(paths: readonly string[]): Promise<(string | null)[]> {
  return Promise.all(paths.map(outOfBandProblem));
}

async function checksumOf(path: string): Promise<string | undefined> {
  // Opening a FIFO must not wait for somebody to write to it.
  const opening = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const file = await ignoring(NOT_THERE, opening);
  try {
    return (await file?.stat())?.isFile() === true ? await digest(file) : undefined;
  } finally {
    await file?.close();
  }
}

async function digest(file: FileHandle | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const hash = createHash('sha1');
  for await (const chunk of file.createReadStream({ autoClose: false }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function isExecutable(path: string): Promise<boolean> {
  const stats = await ignoring(NOT_THERE, stat(path));
  if (stats?.isFile() !== true) return false;
  const allowed = access(path, constants.X_OK).then(() => true);
  return (await ignoring(['EACCES', 'EPERM', ...NOT_THERE], allowed)) ?? false;
}

async function outOfBandProblem(path: string): Promise<string | null> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) return `out of band helper ${path} is not a file`;
    const isOurs = (stats.mode & constants.S_IXUSR) !== 0;
    return isOurs ? null : `out of band helper ${path} is not executable`;
  } catch (error) {
    return `error stating out of band helper: ${errorReason(error)}: '${path}'`;
  }
}
