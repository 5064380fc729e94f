import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { timestampForFileName } from '../../base/file-name-time.js';
import { lastingPid } from '../../system/command/detached-program.js';
import { makeDirectory, makeNewDirectory, removeTree } from '../../system/file/directories.js';
import { readIfExists } from '../../system/file/files.js';
import type { TransferMode } from './transfer.js';

/** As Python's tempfile makes names. */
const NAME_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789_';
const NAME_LENGTH = 8;
/** Of any file (linux/limits.h: NAME_MAX). */
const LONGEST_NAME_BYTES = 255;

/** What the import-export helper and the master know a transfer by. */
export interface StatusDirectory {
  readonly name: string;
  readonly path: string;
  /** Written by the helper, as JSON. */
  readonly statusFile: string;
  readonly pidFile: string;
  /** The certificate that the other side's must be signed with. */
  readonly caFile: string;
  /** What is shown to the other side, if it was made for this transfer. */
  readonly certificateFile: string;
}

/** Makes the directory of a transfer, named after what is transferred and when (Ganeti: backend._CreateImportExportStatusDir). */
export async function createStatusDirectory(
  importExportDir: string,
  mode: TransferMode,
  component: string,
  now: Date,
): Promise<StatusDirectory> {
  await makeDirectory(importExportDir, 0o755);
  const stem = `${mode}-${component}-${timestampForFileName(now)}`;
  for (;;) {
    const directory = statusDirectory(importExportDir, `${stem}-${randomName()}`);
    if (await makeNewDirectory(directory.path, { mode: 0o700 })) return directory;
  }
}

/**
 * The directory of a transfer, which may be gone.
 *
 * @throws RpcFailure for a name that leads elsewhere
 */
export function statusDirectory(importExportDir: string, name: string): StatusDirectory {
  if (/[/\0]|^\.{0,2}$/.test(name) || Buffer.byteLength(name) > LONGEST_NAME_BYTES)
    throw new RpcFailure(`'${name}' is no name of a transfer`);
  const path = join(importExportDir, name);
  return {
    name,
    path,
    statusFile: join(path, 'status'),
    pidFile: join(path, 'pid'),
    caFile: join(path, 'ca'),
    certificateFile: join(path, 'cert'),
  };
}

/**
 * What the helper says of a transfer; null as long as it has said nothing.
 *
 * @throws RpcFailure when it cannot be understood
 */
export async function readStatus(importExportDir: string, name: string): Promise<unknown> {
  const { statusFile } = statusDirectory(importExportDir, name);
  const text = await readIfExists(statusFile);
  if (text === undefined || text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RpcFailure(`The status file '${statusFile}' is not JSON`, { cause });
  }
}

/**
 * Removes what is left of transfers that never began, since the daemon was killed. To be done before the first call.
 * One whose helper has said something is the master's to forget.
 */
export async function removeUnstarted(importExportDir: string): Promise<void> {
  const options = { withFileTypes: true } as const;
  const entries = (await ignoring(['ENOENT'], readdir(importExportDir, options))) ?? [];
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    const directory = statusDirectory(importExportDir, name);
    if ((await readIfExists(directory.statusFile)) !== undefined) continue;
    if ((await lastingPid(directory.pidFile)) === undefined) await removeStatusDirectory(directory);
  }
}

export async function removeStatusDirectory({ path }: StatusDirectory): Promise<void> {
  await removeTree(path);
}

function randomName(): string {
  const characters = Array.from(
    { length: NAME_LENGTH },
    () => NAME_CHARACTERS[randomInt(NAME_CHARACTERS.length)],
  );
  return characters.join('');
}
