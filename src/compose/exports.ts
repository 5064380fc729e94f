import { join } from 'node:path';
import { ExportDirectory } from '../instance/export/directory.js';
import { Exports } from '../instance/export/exports.js';
import { TransferEnds } from '../instance/transfer/io-commands.js';
import { TransferKeyFiles } from '../instance/transfer/keys.js';
import { ShownCertificates } from '../instance/transfer/shown-certificates.js';
import { StatusDirectories } from '../instance/transfer/status-directories.js';
import { Transfers } from '../instance/transfer/transfers.js';
import type { Basis } from './basis.js';
import type { createNames } from './names.js';
import type { createOs } from './os.js';
import type { createStorage } from './storage.js';

type Neighbours = Pick<ReturnType<typeof createStorage>, 'blockDevices'> &
  Pick<ReturnType<typeof createNames>, 'ownNames'> &
  Pick<ReturnType<typeof createOs>, 'osDefinitions'>;

/** Builds what serves the calls about exports and transfers. */
export function createExports(
  basis: Basis,
  { blockDevices, ownNames, osDefinitions: definitions }: Neighbours,
) {
  const { config, named, transferHelper: helper, commands, clock, logger } = basis;
  const { dataDir, logDir } = config.paths;
  const clusterFile = named.serverCertificate;
  const directory = new ExportDirectory({ path: join(dataDir, 'export') });
  const names = () => ownNames.all();
  const transfers = new Transfers({
    helper,
    directories: new StatusDirectories({ directory: named.importExportDir }),
    keys: new TransferKeyFiles({ clusterFile, directory: named.cryptoKeysDir }),
    shown: new ShownCertificates({ clusterFile, names, commands, clock, logger }),
    ends: new TransferEnds({ directory, definitions, blockDevices }),
    logDir,
    clock,
    logger,
  });
  return { exports: new Exports({ directory, clock }), transfers };
}
