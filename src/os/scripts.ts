import { join } from 'node:path';
import type { WallClock } from '../base/clock.js';
import { RpcFailure } from '../base/errors.js';
import { escapeControl } from '../base/text.js';
import type { Instance } from '../generated/objects.js';
import type { BlockDevices } from '../storage/disks/block-devices.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';
import { tailFile } from '../system/file/files.js';
import type { OsDefinition, OsDefinitions } from './definition.js';
import { osEnvironment } from './environment.js';
import { createOsLog, type OsLogSubject } from './log.js';
import { openDisks } from './open-disks.js';

const LOG_LIMIT_BYTES = 1024 * 1024;
const LINES_IN_MESSAGE = 20;

export interface OsScriptsParts {
  readonly definitions: OsDefinitions;
  readonly blockDevices: BlockDevices;
  readonly commands: CommandRunner;
  readonly logDir: string;
  readonly clock: WallClock;
  readonly timeoutMs: number;
}

/** Runs the scripts of OS definitions. */
export class OsScripts {
  readonly #parts: OsScriptsParts;

  /**
   * @param options `logDir` is the daemons' directory of logs, in which those of the scripts have one of their own; a script
   *   and all that it started is killed after `timeoutMs`
   */
  constructor(parts: OsScriptsParts) {
    this.#parts = parts;
  }

  /**
   * Installs the instance's operating system on its disks (Ganeti: backend.InstanceOsAdd).
   *
   * @throws RpcFailure with the last lines that a failed script wrote
   */
  async add(instance: Instance, reinstall: boolean, debug: number): Promise<void> {
    const definition = await this.#parts.definitions.find(instance.os);
    const script = trustedCreateScript(definition);
    const disks = await openDisks(this.#parts.blockDevices, instance);
    const env = osEnvironment(instance, definition, disks, { debug });
    if (reinstall) env['INSTANCE_REINSTALL'] = '1';
    const subject = { kind: 'add', os: instance.os, instance: instance.name };
    await this.#run('create', script, { cwd: definition.path, env, subject });
  }

  /**
   * Tells the instance's operating system, on its disks, that the instance has a new name (Ganeti:
   * backend.RunRenameInstance).
   *
   * @throws RpcFailure with the last lines that a failed script wrote
   */
  async rename(instance: Instance, oldName: string, debug: number): Promise<void> {
    const definition = await this.#parts.definitions.find(instance.os);
    const disks = await openDisks(this.#parts.blockDevices, instance);
    const env = osEnvironment(instance, definition, disks, { debug });
    env['OLD_INSTANCE_NAME'] = oldName;
    const subject = { kind: 'rename', os: instance.os, instance: `${oldName}-${instance.name}` };
    await this.#run('rename', definition.renameScript, { cwd: definition.path, env, subject });
  }

  async #run(
    what: string,
    script: string,
    {
      cwd,
      env,
      subject,
    }: { cwd: string; env: Readonly<Record<string, string>>; subject: OsLogSubject },
  ): Promise<void> {
    const logFile = await createOsLog(
      join(this.#parts.logDir, 'os'),
      subject,
      this.#parts.clock.wallTime(),
    );
    const log = { path: logFile, limitBytes: LOG_LIMIT_BYTES };
    try {
      await this.#parts.commands.run([script], { timeoutMs: this.#parts.timeoutMs, cwd, env, log });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const lines = await tailFile(logFile, LINES_IN_MESSAGE);
      throw new RpcFailure(
        `OS ${what} script failed (${error.failReason}), last lines in the log file:\n` +
          lines.map(escapeControl).join('\n'),
        { cause: error, data: { logFile } },
      );
    }
  }
}

function trustedCreateScript({ name, createScript }: OsDefinition): string {
  // Ganeti's master runs these in a virtual machine of their own, and does not ask the node to.
  if (createScript === undefined)
    throw new RpcFailure(
      `OS '${name}' has only an untrusted create script, and untrusted create scripts are not served`,
      { kind: 'not-served' },
    );
  return createScript;
}
