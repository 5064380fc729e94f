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
import type { OsDefinitions } from './definition.js';
import { osEnvironment } from './environment.js';
import { openDisks } from './open-disks.js';

export interface OsExportParts {
  readonly definitions: OsDefinitions;
  readonly blockDevices: Pick<BlockDevices, 'open'>;
  readonly commands: CommandRunner;
  readonly temporaryDir: string;
  readonly timeoutMs: number;
}

/** Packs OS definitions for use inside of virtual machines. */
export class OsExport {
  readonly #parts: OsExportParts;

  /** @param parts packages are made in `temporaryDir`, and stay there for the master to take them away */
  constructor(parts: OsExportParts) {
    this.#parts = parts;
  }

  /**
   * Packs the definition of an instance's operating system, as the directory `os`, and the environment of its scripts, as
   * the file `environment` (Ganeti: backend.ExportOS). Only root can read it: private parameters are in it.
   *
   * @param overrides variables that replace those of the environment
   * @returns the path of the package
   * @throws RpcFailure
   */
  async export(instance: Instance, overrides: Readonly<Record<string, string>>): Promise<string> {
    const definition = await this.#parts.definitions.find(instance.os);
    const disks = await openDisks(this.#parts.blockDevices, instance);
    const env = { ...osEnvironment(instance, definition, disks, { debug: 0 }), ...overrides };
    const directory = await makeTemporaryDirectory(join(this.#parts.temporaryDir, 'ganeti-os-'));
    try {
      await replaceLink(definition.path, join(directory, 'os'));
      const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
      await writeNewFile(join(directory, 'environment'), lines.join(''), 0o600);
      return await this.#pack(directory);
    } finally {
      await removeTree(directory);
    }
  }

  async #pack(directory: string): Promise<string> {
    const name = `ganeti-os-${randomBytes(9).toString('base64url')}.tgz`;
    const path = join(this.#parts.temporaryDir, name);
    try {
      // Made beforehand, since tar would let everybody read it.
      await writeNewFile(path, '', 0o600);
      await this.#parts.commands.run(['tar', '--dereference', '-czf', path, '-C', directory, '.'], {
        timeoutMs: this.#parts.timeoutMs,
      });
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
}
