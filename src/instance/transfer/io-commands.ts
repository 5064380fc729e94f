import { stat } from 'node:fs/promises';
import { ignoring } from '../../base/errno.js';
import { BYTES_PER_MIB } from '../../base/units.js';
import { shellCommand, shellQuote } from '../../ganeti/shell-quote.js';
import type { Disk, Instance } from '../../generated/objects.js';
import { findOs, type OsDefinition } from '../../os/definition.js';
import { osEnvironment } from '../../os/environment.js';
import { openDisks } from '../../os/open-disks.js';
import type { BlockDevice } from '../../storage/block-device.js';
import type { BlockDevices } from '../../storage/disks/block-devices.js';
import { diskConversions } from '../../storage/disks/copy-blocks.js';
import { OWN_MOUNTS } from '../../system/command/command.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';
import { acceptedPath, makeDirectoryOf } from '../export/directory.js';
import type { Transfer, TransferMode } from './transfer.js';

/** Tells the helper that the script says how much it is (Ganeti: constants.IE_CUSTOM_SIZE). */
const SIZE_FROM_SCRIPT = 'fd';

/** What the import-export helper is told about our end of a transfer: all of it for a shell. */
export interface EndCommand {
  readonly env: Readonly<Record<string, string>>;
  /** Comes before the transport, for an export: where the data comes from. */
  readonly prefix: string | undefined;
  /** Comes after the transport: where the data comes from or goes to. */
  readonly suffix: string | undefined;
  /** MiB, `SIZE_FROM_SCRIPT`, or undefined when nobody knows. */
  readonly expectedSize: string | undefined;
}

export interface TransferEndsParts {
  readonly exportDir: string;
  readonly osSearchPath: readonly string[];
  readonly blockDevices: Pick<BlockDevices, 'open'>;
  readonly disks: DiskDoor;
  /** Undefined where we may make mount namespaces: a script's mounts go with it then. */
  readonly missingMountRight: () => string | undefined;
}

/**
 * Makes the command lines that read and write disks and files for transfers (Ganeti: _GetImportExportIoCommand).
 *
 * @throws RpcFailure for a file that is in no export, a missing disk, or a bad OS definition
 */
export async function endCommand(
  parts: TransferEndsParts,
  { mode, instance, end }: Transfer,
): Promise<EndCommand> {
  switch (end[0]) {
    case 'file':
      return fileEnd(parts, mode, end[1][0]);
    case 'raw':
      return rawDiskEnd(parts, mode, instance, end[1][0]);
    case 'script':
      return scriptEnd(parts, mode, instance, ...end[1]);
  }
}

async function fileEnd(
  { exportDir }: TransferEndsParts,
  mode: TransferMode,
  path: string,
): Promise<EndCommand> {
  const file = await acceptedPath(exportDir, path);
  await makeDirectoryOf(file);
  const isExport = mode === 'export';
  const stats = isExport ? await ignoring(['ENOENT'], stat(file)) : undefined;
  return {
    env: {},
    prefix: undefined,
    suffix: `${isExport ? '<' : '>'} ${shellQuote(file)}`,
    expectedSize: stats === undefined ? undefined : String(Math.round(stats.size / BYTES_PER_MIB)),
  };
}

/**
 * Deviation: Ganeti goes round the page cache, which not every file system allows. Here what was written is on the
 * disk before the transfer is over.
 */
async function rawDiskEnd(
  { blockDevices, disks }: TransferEndsParts,
  mode: TransferMode,
  instance: Instance,
  disk: Disk,
): Promise<EndCommand> {
  const device = await blockDevices.open(disk, instance);
  const block = `bs=${BYTES_PER_MIB}`;
  if (mode === 'import') {
    device.checkImport();
    const conversions = await diskConversions(disks, device.devPath);
    const argv = ['dd', `of=${device.devPath}`, block, conversions];
    return piped(mode, {}, shellCommand(argv), undefined);
  }
  const argv = ['dd', `if=${device.devPath}`, block, `count=${disk.size}`];
  return piped(mode, {}, shellCommand(argv), String(disk.size));
}

async function scriptEnd(
  { osSearchPath, blockDevices, missingMountRight }: TransferEndsParts,
  mode: TransferMode,
  instance: Instance,
  disk: Disk,
  index: number,
): Promise<EndCommand> {
  const definition = await findOs(osSearchPath, instance.os);
  const disks = await openDisks(blockDevices, instance);
  const env = osEnvironment(instance, definition, disks, { debug: 0 });
  if (mode === 'import') Object.assign(env, importVariables(env, index));
  else {
    const device = await blockDevices.open(disk, instance);
    Object.assign(env, exportVariables(device, index));
  }
  const hasOwnMounts = missingMountRight() === undefined;
  return piped(mode, env, scriptCommand(definition, mode, hasOwnMounts), SIZE_FROM_SCRIPT);
}

function piped(
  mode: TransferMode,
  env: Readonly<Record<string, string>>,
  command: string,
  expectedSize: string | undefined,
): EndCommand {
  return mode === 'import'
    ? { env, prefix: undefined, suffix: `| ${command}`, expectedSize }
    : { env, prefix: `${command} |`, suffix: undefined, expectedSize };
}

function importVariables(env: Readonly<Record<string, string>>, index: number) {
  const path = env[`DISK_${index}_PATH`];
  return {
    ...(path === undefined ? {} : { IMPORT_DEVICE: path, IMPORT_DISK_PATH: path }),
    IMPORT_INDEX: String(index),
  };
}

function exportVariables({ devPath }: BlockDevice, index: number) {
  return { EXPORT_DEVICE: devPath, EXPORT_DISK_PATH: devPath, EXPORT_INDEX: String(index) };
}

function scriptCommand(
  { path, importScript, exportScript }: OsDefinition,
  mode: TransferMode,
  hasOwnMounts: boolean,
): string {
  const script = shellQuote(mode === 'import' ? importScript : exportScript);
  const mounts = hasOwnMounts ? `${OWN_MOUNTS.join(' ')} ` : '';
  return `( cd ${shellQuote(path)} && ${mounts}${script}; )`;
}
