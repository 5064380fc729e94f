import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RpcFailure } from '../base/errors.js';
import { escapeControl } from '../base/text.js';
import type { Instance } from '../generated/objects.js';
import type { BlockDevices } from '../storage/disks/block-devices.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';
import { writeNewFile } from '../system/file/changes.js';
import { makeTemporaryDirectory, removeTree } from '../system/file/directories.js';
import { removeIfExists, replaceLink } from '../system/file/files.js';
import { findOs } from './definition.js';
import { osEnvironment } from './environment.js';
import { openDisks } from './open-disks.js';
import { FAST_TIMEOUT_MS } from './validation.js';

export interface OsExportParts {
  readonly osSearchPath: readonly string[];
  readonly blockDevices: Pick<BlockDevices, 'open'>;
  readonly commands: CommandRunner;
  /** Where packages are made, and stay for the master to take them away. */
  readonly temporaryDir: string;
  readonly timeoutsMs: { readonly osScript: number };
}

/**
 * Packs the definition of an instance's operating system for use inside of a virtual machine, as the directory `os`, and the environment of its scripts, as
 * the file `environment` (Ganeti: backend.ExportOS). Only root can read it: private parameters are in it.
 *
 * @param overrides variables that replace those of the environment
 * @returns the path of the package
 * @throws RpcFailure
 */
export async function exportOs(
  parts: OsExportParts,
  instance: Instance,
  overrides: Readonly<Record<string, string>>,
): Promise<string> {
  const definition = await findOs(parts.osSearchPath, instance.os);
  const disks = await openDisks(parts.blockDevices, instance);
  const env = { ...osEnvironment(instance, definition, disks, { debug: 0 }), ...overrides };
  const directory = await makeTemporaryDirectory(join(parts.temporaryDir, 'ganeti-os-'));
  try {
    await replaceLink(definition.path, join(directory, 'os'));
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    await writeNewFile(join(directory, 'environment'), lines.join(''), 0o600);
    return await pack(parts, directory);
  } finally {
    await removeTree(directory);
  }
}

async function pack(
  { temporaryDir, commands, timeoutsMs }: OsExportParts,
  directory: string,
): Promise<string> {
  const name = `ganeti-os-${randomBytes(9).toString('base64url')}.tgz`;
  const path = join(temporaryDir, name);
  try {
    // Made beforehand, since tar would let everybody read it.
    await writeNewFile(path, '', 0o600);
    const timeoutMs = Math.min(timeoutsMs.osScript, FAST_TIMEOUT_MS);
    await commands.run(['tar', '--dereference', '-czf', path, '-C', directory, '.'], { timeoutMs });
    return path;
  } catch (error) {
    await removeIfExists(path);
    if (!(error instanceof CommandError)) throw error;
    throw new RpcFailure(
      `Failed to create OS archive '${path}': ${error.failReason}, output '${escapeControl(error.output)}'`,
      { cause: error },
    );
  }
}
