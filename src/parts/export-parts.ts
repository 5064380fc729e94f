import { join } from 'node:path';
import type { Logger } from 'winston';
import type { Config } from '../config/config.js';
import { ExportFolder } from '../instance/export/export-folder.js';
import { Exports } from '../instance/export/exports.js';
import { ShownCertificates } from '../instance/export/shown-certificates.js';
import { StatusFolders } from '../instance/export/status-folders.js';
import { TransferEnds } from '../instance/export/transfer-end.js';
import { TransferKeyFiles } from '../instance/export/transfer-keys.js';
import { Transfers } from '../instance/export/transfers.js';
import type { OwnNames } from '../node/own-names.js';
import { OsDefinitions } from '../os/os-definition.js';
import type { BlockDevices } from '../storage/block-devices.js';
import type { CommandRunner } from '../system/command.js';

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
  const { runDir, dataDir, logDir, osSearchPath } = paths;
  const folder = new ExportFolder({ path: join(dataDir, 'export') });
  const clock = () => new Date();
  const clusterFile = join(dataDir, 'server.pem');
  const transfers = new Transfers({
    helper: transferHelper,
    folders: new StatusFolders({ directory: join(runDir, 'import-export') }),
    keys: new TransferKeyFiles({
      clusterFile,
      directory: join(runDir, 'crypto'),
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
