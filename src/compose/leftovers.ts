import { dirname, join } from 'node:path';
import type { Logger } from 'winston';
import type { Config, Paths } from '../config/config.js';
import { ganetiPaths } from '../ganeti/paths.js';
import { removeUnstarted } from '../instance/transfer/status-directories.js';
import { removeUnfinishedCertificates } from '../system/command/certificates.js';
import type { ConfinedCommands } from '../system/command/confined-commands.js';
import { removeTemporaries } from '../system/file/files.js';

/**
 * Clears away what a daemon has left that was killed in the middle of its work, but for what a repeated call finds by
 * itself. To be done before the first call: later there is no telling what is left from what is being made.
 *
 * Deviation: the OS scripts of a daemon that was killed go on in Ganeti.
 *
 * A failure is logged: it is no reason to leave the node without a daemon.
 */
export async function clearLeftovers(
  { paths }: Config,
  { confined, logger }: { confined: ConfinedCommands; logger: Logger },
): Promise<void> {
  const named = ganetiPaths(paths);
  const works: [what: string, work: () => Promise<void>][] = [
    ['programs', () => confined.endForsaken()],
    ['transfers', () => removeUnstarted(named.importExportDir)],
    ['certificates', () => removeUnfinishedCertificates(named.cryptoKeysDir)],
    ...directoriesOfOurs(paths).map((directory): [string, () => Promise<void>] => [
      directory,
      () => removeTemporaries(directory),
    ]),
  ];
  for (const [what, work] of works) {
    try {
      await work();
    } catch (error) {
      logger.warn("can't clear what a killed daemon has left", { what, reason: String(error) });
    }
  }
}

/** Where files are replaced whole. */
function directoriesOfOurs(paths: Paths): string[] {
  const { dataDir, confDir, sshDir, etcHosts } = paths;
  const { diskLinksDir, deviceCacheDir, reasonTrailsDir, chrootDisksDir, fakeInstancesDir } =
    ganetiPaths(paths);
  return [
    ...[dataDir, join(dataDir, 'queue'), join(dataDir, 'rapi'), confDir, sshDir, dirname(etcHosts)],
    ...[diskLinksDir, deviceCacheDir, reasonTrailsDir, chrootDisksDir, fakeInstancesDir],
  ];
}
