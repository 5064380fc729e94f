import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WallClock } from '../../base/clock.js';
import { errorReason, ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import type { Instance } from '../../generated/objects.js';
import { renameIfExists, renamePath } from '../../system/file/changes.js';
import { makeDirectory, removeTree, syncDirectory } from '../../system/file/directories.js';
import { writeFileAtomically } from '../../system/file/files.js';
import { exportConfig, type ExportedDisk } from './config.js';
import { acceptedPath, exportNames, exportPath } from './directory.js';
import { formatIni, parseIni, writeIni } from './ini-file.js';

/** Ganeti: constants.EXPORT_CONF_FILE */
const CONFIG_FILE = 'config.ini';
/** What the master can't do without (Ganeti: constants.INISECT_EXP, INISECT_INS). */
const REQUIRED_SECTIONS = ['export', 'instance'];

/** The exports on this node: a directory for each, with a file for each disk and one that describes the instance. */
export interface ExportsParts {
  readonly exportDir: string;
  readonly clock: WallClock;
}

/**
 * Makes the export of which all disks have arrived the instance's export, in place of an older one (Ganeti:
 * backend.FinalizeExport).
 *
 * Deviation: what has arrived is on the disk before that is said, and the older export goes only when the new one is
 * in its place.
 */
export async function finalizeExport(
  parts: ExportsParts,
  instance: Instance,
  disks: readonly ExportedDisk[],
): Promise<void> {
  const arrived = exportPath(parts.exportDir, `${instance.name}.new`);
  const text = formatIni(exportConfig(instance, disks, parts.clock.wallTime()));
  await makeDirectory(arrived, 0o750);
  await refuseLink(arrived);
  await syncFiles(arrived);
  await writeFileAtomically(join(arrived, CONFIG_FILE), text);
  await replace(parts, arrived, instance.name);
}

async function replace({ exportDir }: ExportsParts, arrived: string, name: string): Promise<void> {
  const path = exportPath(exportDir, name);
  const older = exportPath(exportDir, `.${name}.old`);
  await removeTree(older);
  await renameIfExists(path, older);
  await renamePath(arrived, path);
  await syncDirectory(exportDir);
  await removeTree(older);
}

/**
 * What the export at `path` says about its instance, as the text of its file (Ganeti: backend.ExportInfo).
 *
 * Deviation: Ganeti reads such a file anywhere on the node, though it imports disks only from the directory of exports.
 */
export async function exportInfo(parts: ExportsParts, path: string): Promise<string> {
  const file = join(path, CONFIG_FILE);
  const sections = parseIni(await read(parts, file));
  if (!REQUIRED_SECTIONS.every((name) => sections.has(name)))
    throw new RpcFailure("Export info file doesn't have the required fields");
  return writeIni(sections);
}

/** Empty where there is no such file. */
function read({ exportDir }: ExportsParts, file: string): Promise<string> {
  return failAs(RpcFailure, "Can't read the export's file", async () => {
    const isThere = (await ignoring(['ENOENT', 'ENOTDIR'], lstat(file))) !== undefined;
    return isThere ? readFile(await acceptedPath(exportDir, file), 'utf8') : '';
  });
}

/** Ganeti: backend.ListExports */
export async function listExports({ exportDir }: ExportsParts): Promise<string[]> {
  const names = await exportNames(exportDir);
  if (names === undefined) throw new RpcFailure('No exports directory');
  return names;
}

/** Ganeti: backend.RemoveExport */
export async function removeExport({ exportDir }: ExportsParts, name: string): Promise<void> {
  const path = exportPath(exportDir, name);
  try {
    await refuseLink(path);
    await removeTree(path);
  } catch (error) {
    throw new RpcFailure(`Error while removing the export: ${errorReason(error)}`, {
      cause: error,
    });
  }
}

async function refuseLink(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw new RpcFailure(`'${path}' is not a directory`);
}

async function syncFiles(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = await open(join(directory, entry.name), 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
