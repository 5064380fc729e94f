import { join } from 'node:path';
import type { WallClock } from '../../base/clock.js';
import { errorCode, errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { removeIfExists } from '../../system/file/files.js';
import { type DaemonUtilParts, isDaemonRunning } from '../daemons/daemon-util.js';
import { backUp } from '../files/backup.js';
import type { Ssconf } from '../files/ssconf-reader.js';
import type { NodeNames } from './node-name.js';

/** Runs on the master only (Ganeti: constants.WCONFD). */
const MASTER_DAEMON = 'ganeti-wconfd';

export interface MasterCandidateParts extends DaemonUtilParts {
  readonly dataDir: string;
  readonly ssconf: Pick<Ssconf, 'masterNode'>;
  readonly nodeNames: NodeNames;
  readonly clock: WallClock;
}

/**
 * Removes the cluster's configuration from a node that is no candidate any longer, and keeps a copy.
 *
 * Ganeti: backend.DemoteFromMC. Deviation: that looks for ganeti-masterd, which no longer exists, and so never sees
 * a master that runs.
 */
export async function demoteFromCandidate(parts: MasterCandidateParts): Promise<void> {
  const { dataDir, ssconf, nodeNames, clock } = parts;
  if (ssconf.masterNode() === (await nodeNames.own()))
    throw new RpcFailure("ssconf status shows I'm the master node, will not demote");
  if (await isDaemonRunning(parts, MASTER_DAEMON))
    throw new RpcFailure('The master daemon is running, will not demote');
  // The whole configuration of the cluster.
  const path = join(dataDir, 'config.data');
  try {
    await backUp(path, clock);
    await removeIfExists(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new RpcFailure(`Error while backing up cluster file: ${errorReason(error)}`, {
      cause: error,
    });
  }
}
