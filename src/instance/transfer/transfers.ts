import { join } from 'node:path';
import type { Logger } from 'winston';
import type { WallClock } from '../../base/clock.js';
import { errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { createOsLog } from '../../os/log.js';
import { signalLasting, startLasting, stopLasting } from '../../system/command/detached-program.js';
import { writeFileAtomically } from '../../system/file/files.js';
import type { LogDoor } from '../../system/log-keeper/log-keeper.js';
import type { EndCommand } from './io-commands.js';
import { type TransferKeys, transferKeys, type TransferKeysParts } from './keys.js';
import {
  createStatusDirectory,
  readStatus,
  removeStatusDirectory,
  type StatusDirectory,
  statusDirectory,
} from './status-directories.js';
import type { Transfer } from './transfer.js';

const LOG_LIMIT_BYTES = 1024 * 1024;
/** How long the helper may take to end (Ganeti: utils.KillProcess). */
const STOP_TIMEOUT_MS = 30_000;
/** Ganeti: constants.RIE_CONNECT_RETRIES, RIE_CONNECT_ATTEMPT_TIMEOUT */
const CONNECT = { retries: 10, timeoutSeconds: 20 };

/**
 * Transfers of disks between nodes and into exports, by Ganeti's import-export helper: a program of its own, which goes
 * on when we end and tells in a file how far it is.
 */
export interface TransfersParts extends TransferKeysParts {
  readonly logs: LogDoor;
  readonly transferHelper: string;
  readonly importExportDir: string;
  readonly transferEnd: (transfer: Transfer) => Promise<EndCommand>;
  /** Makes what is shown with the cluster's key. */
  readonly shownCertificate: (directory: StatusDirectory) => Promise<string>;
  /** The daemons' directory of logs. */
  readonly logDir: string;
  readonly clock: WallClock;
  readonly logger: Logger;
}

/**
 * Starts the helper (Ganeti: backend.StartImportExportDaemon).
 *
 * @returns what the transfer is called from now on
 * @throws RpcFailure
 */
export async function startTransfer(parts: TransfersParts, transfer: Transfer): Promise<string> {
  const { mode, component } = transfer;
  const end = await parts.transferEnd(transfer);
  const keys = await transferKeys(parts, transfer.options);
  const directory = await createStatusDirectory(
    parts.importExportDir,
    mode,
    component,
    parts.clock.wallTime(),
  );
  try {
    await writeFileAtomically(directory.caFile, keys.ca, 0o400);
    // Who connects is not asked for a name.
    const certificateFile =
      mode === 'import' && keys.areClusters
        ? await parts.shownCertificate(directory)
        : keys.certificateFile;
    await launch(parts, transfer, directory, { ...keys, certificateFile }, end);
    return directory.name;
  } catch (error) {
    await removeStatusDirectory(directory);
    throw error;
  }
}

async function launch(
  { logs, logDir, clock, transferHelper: helper }: TransfersParts,
  transfer: Transfer,
  directory: StatusDirectory,
  keys: TransferKeys,
  end: EndCommand,
) {
  const { mode, instance, component } = transfer;
  const subject = { kind: mode, os: instance.os, instance: `${instance.name}-${component}` };
  const path = await createOsLog(join(logDir, 'os'), subject, clock.wallTime());
  try {
    await startLasting(logs, {
      argv: [helper, ...helperArguments(transfer, directory, keys, end)],
      env: end.env,
      log: { path, limitBytes: LOG_LIMIT_BYTES },
      pidFile: directory.pidFile,
    });
  } catch (error) {
    throw new RpcFailure(`Error when starting daemon process: ${errorReason(error)}`, {
      cause: error,
      data: { program: helper },
    });
  }
}

/** What the helpers say; null for one that has said nothing yet (Ganeti: backend.GetImportExportStatus). */
export async function transferStatus(
  { importExportDir }: TransfersParts,
  names: readonly string[],
): Promise<unknown[]> {
  return Promise.all(names.map((name) => readStatus(importExportDir, name)));
}

/** Asks the helper to end; its last word stays to be read (Ganeti: backend.AbortImportExport). */
export async function abortTransfer(
  { importExportDir, logger }: TransfersParts,
  name: string,
): Promise<void> {
  const wasRunning = await signalLasting(statusDirectory(importExportDir, name).pidFile, 'SIGTERM');
  logger.info('transfer aborted', { transfer: name, wasRunning });
}

/** Ends the helper if it still runs, and forgets the transfer (Ganeti: backend.CleanupImportExport). */
export async function cleanUpTransfer(
  { importExportDir }: TransfersParts,
  name: string,
): Promise<void> {
  const directory = statusDirectory(importExportDir, name);
  await stopLasting(directory.pidFile, STOP_TIMEOUT_MS);
  await removeStatusDirectory(directory);
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
