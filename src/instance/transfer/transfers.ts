import { join } from 'node:path';
import type { Logger } from 'winston';
import type { WallClock } from '../../base/clock.js';
import { errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { createOsLog } from '../../os/log.js';
import { signalLasting, startLasting, stopLasting } from '../../system/command/detached-program.js';
import { writeFileAtomically } from '../../system/file/files.js';
import type { EndCommand, TransferEnds } from './io-commands.js';
import type { TransferKeyFiles, TransferKeys } from './keys.js';
import type { ShownCertificates } from './shown-certificates.js';
import type { StatusDirectories, StatusDirectory } from './status-directories.js';
import type { Transfer } from './transfer.js';

const LOG_LIMIT_BYTES = 1024 * 1024;
/** How long the helper may take to end (Ganeti: utils.KillProcess). */
const STOP_TIMEOUT_MS = 30_000;
/** Ganeti: constants.RIE_CONNECT_RETRIES, RIE_CONNECT_ATTEMPT_TIMEOUT */
const CONNECT = { retries: 10, timeoutSeconds: 20 };

export interface TransfersParts {
  readonly helper: string;
  readonly directories: StatusDirectories;
  readonly keys: TransferKeyFiles;
  readonly shown: Pick<ShownCertificates, 'make'>;
  readonly ends: TransferEnds;
  readonly logDir: string;
  readonly clock: WallClock;
  readonly logger: Logger;
}

/**
 * Transfers of disks between nodes and into exports, by Ganeti's import-export helper: a program of its own, which goes
 * on when we end and tells in a file how far it is.
 */
export class Transfers {
  readonly #parts: TransfersParts;

  /** @param parts `helper` is Ganeti's pathutils.IMPORT_EXPORT_DAEMON; `logDir` the daemons' directory of logs */
  constructor(parts: TransfersParts) {
    this.#parts = parts;
  }

  /**
   * Starts the helper (Ganeti: backend.StartImportExportDaemon).
   *
   * @returns what the transfer is called from now on
   * @throws RpcFailure
   */
  async start(transfer: Transfer): Promise<string> {
    const { mode, component } = transfer;
    const end = await this.#parts.ends.command(transfer);
    const keys = await this.#parts.keys.find(transfer.options);
    const directory = await this.#parts.directories.create(
      mode,
      component,
      this.#parts.clock.wallTime(),
    );
    try {
      await writeFileAtomically(directory.caFile, keys.ca, 0o400);
      // Who connects is not asked for a name.
      const certificateFile =
        mode === 'import' && keys.areClusters
          ? await this.#parts.shown.make(directory)
          : keys.certificateFile;
      await this.#launch(transfer, directory, { ...keys, certificateFile }, end);
      return directory.name;
    } catch (error) {
      await this.#parts.directories.remove(directory);
      throw error;
    }
  }

  async #launch(
    transfer: Transfer,
    directory: StatusDirectory,
    keys: TransferKeys,
    end: EndCommand,
  ) {
    const { mode, instance, component } = transfer;
    const subject = { kind: mode, os: instance.os, instance: `${instance.name}-${component}` };
    const path = await createOsLog(
      join(this.#parts.logDir, 'os'),
      subject,
      this.#parts.clock.wallTime(),
    );
    try {
      await startLasting({
        argv: [this.#parts.helper, ...helperArguments(transfer, directory, keys, end)],
        env: end.env,
        log: { path, limitBytes: LOG_LIMIT_BYTES },
        pidFile: directory.pidFile,
      });
    } catch (error) {
      throw new RpcFailure(`Error when starting daemon process: ${errorReason(error)}`, {
        cause: error,
        data: { program: this.#parts.helper },
      });
    }
  }

  /** What the helpers say; null for one that has said nothing yet (Ganeti: backend.GetImportExportStatus). */
  async status(names: readonly string[]): Promise<unknown[]> {
    return Promise.all(names.map((name) => this.#parts.directories.read(name)));
  }

  /** Asks the helper to end; its last word stays to be read (Ganeti: backend.AbortImportExport). */
  async abort(name: string): Promise<void> {
    const wasRunning = await signalLasting(this.#parts.directories.get(name).pidFile, 'SIGTERM');
    this.#parts.logger.info('transfer aborted', { transfer: name, wasRunning });
  }

  /** Ends the helper if it still runs, and forgets the transfer (Ganeti: backend.CleanupImportExport). */
  async cleanup(name: string): Promise<void> {
    const directory = this.#parts.directories.get(name);
    await stopLasting(directory.pidFile, STOP_TIMEOUT_MS);
    await this.#parts.directories.remove(directory);
  }
}

function helperArguments(
  { mode, options, peer }: Transfer,
  { statusFile, caFile }: StatusDirectory,
  { keyFile, certificateFile }: TransferKeys,
  { prefix, suffix, expectedSize }: EndCommand,
): string[] {
  const isExport = mode === 'export';
  const listenSeconds = options.connect_timeout ?? undefined;
  const values: Record<string, string | number | undefined> = {
    key: keyFile,
    cert: certificateFile,
    ca: caFile,
    host: peer?.host,
    port: peer?.port,
    compress: orLeftOut(options.compress),
    magic: orLeftOut(options.magic),
    'expected-size': expectedSize,
    'cmd-prefix': prefix,
    'cmd-suffix': suffix,
    'connect-retries': isExport ? CONNECT.retries : undefined,
    'connect-timeout': isExport ? CONNECT.timeoutSeconds : listenSeconds,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const network = options.ipv6 === true ? '--ipv6' : '--ipv4';
  return [statusFile, mode, network, ...given.map(([name, value]) => `--${name}=${String(value)}`)];
}

function orLeftOut(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}
