import { dirname, join } from 'node:path';
import type { Logger } from 'winston';
import type { Paths } from '../config/config.js';
import { errorReason, ignoring, removeTemporaries } from '../system/files.js';

/** Folders of the run directory in which files or links are replaced whole. */
const RUN_FOLDERS = ['instance-disks', 'bdev-cache', 'instance-reason'];

/**
 * Removes what a daemon that was killed had half written when it was: nobody else would, and each kill may leave more.
 * Must be called before anything is written, by whoever holds the PID file.
 */
export async function removeHalfWrittenFiles(
  { runDir, dataDir, confDir, etcHosts }: Paths,
  logger: Logger,
): Promise<void> {
  const folders = new Set([
    ...RUN_FOLDERS.map((name) => join(runDir, name)),
    ...[dataDir, join(dataDir, 'queue'), join(dataDir, 'rapi'), confDir, dirname(etcHosts)],
  ]);
  for (const folder of folders)
    try {
      await ignoring(['ENOENT'], removeTemporaries(folder));
    } catch (error) {
      logger.warn('half-written files not removed', { folder, reason: errorReason(error) });
    }
}
