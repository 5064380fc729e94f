import { join } from 'node:path';
import type { WallClock } from '../../base/clock.js';
import { BlockDeviceError } from '../../base/errors.js';
import { escapeControl } from '../../base/text.js';
import { failAs } from '../../base/translate.js';
import type { Disk } from '../../generated/objects.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../system/command/command.js';
import type { CommandOptions } from '../../system/command/command-options.js';
import { createLog, logName } from '../../system/command/script-log.js';
import { tailFile } from '../../system/file/files.js';
import { type ExtDetails, extEnvironment, type ExtVolume } from './environment.js';
import type { ExtAction } from './provider.js';
import type { ExtProviders } from './providers.js';

const LOG_LIMIT_BYTES = 1024 * 1024;
const LINES_IN_MESSAGE = 20;

export interface ExtScriptsParts {
  readonly providers: ExtProviders;
  readonly commands: CommandRunner;
  readonly logDir: string;
  readonly clock: WallClock;
  readonly timeoutMs: number;
}

/**
 * Runs the scripts of providers (Ganeti: extstorage._ExtStorageAction).
 *
 * They may leave processes behind: a volume may be served by one. So they are not confined as those of OS definitions.
 */
export class ExtScripts {
  readonly #parts: ExtScriptsParts;

  /**
   * @param options `logDir` is the daemons' directory of logs, in which those of the scripts have one of their own; a script
   *   is killed after `timeoutMs`
   */
  constructor(parts: ExtScriptsParts) {
    this.#parts = parts;
  }

  /** The lines that the `attach` script prints: the device, then URIs. */
  async attach(volume: ExtVolume, disk: Disk): Promise<string[]> {
    const result = await this.#run('attach', volume, disk, {}, undefined);
    return (result?.stdout ?? '').split('\n');
  }

  /**
   * Runs the script of an action; an optional one that the provider does not have counts as done.
   *
   * @throws BlockDeviceError with the last lines that a failed script wrote
   */
  async run(
    action: Exclude<ExtAction, 'attach'>,
    volume: ExtVolume,
    disk: Disk,
    details: ExtDetails = {},
  ): Promise<void> {
    const subject = `${action}-${volume.provider}-${volume.name}`;
    await this.#run(action, volume, disk, details, () => this.#createLog(subject));
  }

  async #run(
    action: ExtAction,
    volume: ExtVolume,
    disk: Disk,
    details: ExtDetails,
    createLog: (() => Promise<string>) | undefined,
  ): Promise<CommandResult | undefined> {
    const { path: cwd, scripts } = await this.#parts.providers.find(volume.provider);
    const script = scripts.get(action);
    if (script === undefined) return undefined;
    const env = extEnvironment(volume, disk, details);
    const logFile = await createLog?.();
    const log =
      logFile === undefined ? {} : { log: { path: logFile, limitBytes: LOG_LIMIT_BYTES } };
    const options: CommandOptions = { timeoutMs: this.#parts.timeoutMs, cwd, env, ...log };
    try {
      return await this.#parts.commands.run([script], options);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw await scriptFailure(action, error, logFile);
    }
  }

  async #createLog(subject: string): Promise<string> {
    return failAs(
      BlockDeviceError,
      `Can't create a log file in ${join(this.#parts.logDir, 'extstorage')}`,
      () =>
        createLog(
          join(this.#parts.logDir, 'extstorage'),
          logName(subject, this.#parts.clock.wallTime()),
        ),
    );
  }
}

async function scriptFailure(
  action: ExtAction,
  error: CommandError,
  logFile: string | undefined,
): Promise<BlockDeviceError> {
  const lines =
    logFile === undefined
      ? error.output.split('\n').slice(-LINES_IN_MESSAGE)
      : await tailFile(logFile, LINES_IN_MESSAGE);
  return new BlockDeviceError(
    `External storage's ${action} script failed (${error.failReason}), last lines of output:\n` +
      lines.map(escapeControl).join('\n'),
    { cause: error, data: logFile === undefined ? {} : { logFile } },
  );
}
