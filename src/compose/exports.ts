import { join } from 'node:path';
import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Config } from '../config/config.js';
import { ganetiPaths } from '../ganeti/paths.js';
import { ExportFolder } from '../instance/export/directory.js';
import { Exports } from '../instance/export/exports.js';
import { TransferEnds } from '../instance/transfer/io-commands.js';
import { TransferKeyFiles } from '../instance/transfer/keys.js';
import { ShownCertificates } from '../instance/transfer/shown-certificates.js';
import { StatusFolders } from '../instance/transfer/status-directories.js';
import { Transfers } from '../instance/transfer/transfers.js';
import type { OwnNames } from '../node/membership/own-names.js';
import { OsDefinitions } from '../os/definition.js';
import type { BlockDevices } from '../storage/disks/block-devices.js';
import type { CommandRunner } from '../system/command/command.js';

/**
 * Puts together what exports and transfers are carried out by.
 *
 * @param doors `transferHelper` is Ganeti's program that moves disks
 */
export function createExportParts(
  { paths }: Config,
  {
    transferHelper,
    blockDevices,
    ownNames,
    commands,
    logger,
  }: {
    transferHelper: string;
    blockDevices: BlockDevices;
    ownNames: Pick<OwnNames, 'all'>;
    commands: CommandRunner;
    logger: Logger;
  },
) {
  const { dataDir, logDir, osSearchPath } = paths;
  const named = ganetiPaths(paths);
  const folder = new ExportFolder({ path: join(dataDir, 'export') });
  const clock = SYSTEM_CLOCK;
  const clusterFile = named.serverCertificate;
  const transfers = new Transfers({
    helper: transferHelper,
    folders: new StatusFolders({ directory: named.importExportDir }),
    keys: new TransferKeyFiles({
      clusterFile,
      directory: named.cryptoKeysDir,
    }),
    shown: new ShownCertificates({
      clusterFile,
      names: () => ownNames.all(),
      commands,
      clock,
      logger,
    }),
    ends: new TransferEnds({
      folder,
      definitions: new OsDefinitions({ searchPath: osSearchPath }),
      blockDevices,
    }),
    logDir,
    clock,
    logger,
  });
  return { exports: new Exports({ folder, clock }), transfers };
}
