import { join } from 'node:path';
import { errorReason } from '../../base/errno.js';
import { readIfExists, removeIfExists } from '../../system/file/files.js';
import { type DaemonUtilParts, stopDaemon } from '../daemons/daemon-util.js';
import type { JobQueue } from '../files/job-queue.js';
import { removeFiles } from '../files/job-queue-directories.js';
import { type AuthorizedKeysParts, removeAuthorizedKeys } from '../ssh/authorized-keys.js';
import { keyPair } from '../ssh/files.js';

/** Ganeti: constants.CONFD, MOND, KVMD. */
const DAEMONS = ['ganeti-confd', 'ganeti-mond', 'ganeti-kvmd'];
/** Ganeti: pathutils.CONFD_HMAC_KEY, RAPI_CERT_FILE, SPICE_CERT_FILE, SPICE_CACERT_FILE, NODED_CERT_FILE. */
const SECRETS = ['hmac.key', 'rapi.pem', 'spice.pem', 'spice-ca.pem', 'server.pem'];
/** Ganeti: ssh.GetUserFiles, whose default this is: keys of other types stay. */
const REMOVED_KEY_TYPE = 'dsa';

export interface ClusterExitParts extends AuthorizedKeysParts, DaemonUtilParts {
  readonly dataDir: string;
  /** Where certificates for single transfers are. */
  readonly cryptoKeysDir: string;
  readonly jobQueue: Pick<JobQueue, 'purge'>;
  /** Makes the daemon end in an orderly way, once the calls that run are answered. */
  readonly requestStop: () => void;
}

/**
 * Removes what the node has of its cluster, stops Ganeti's other daemons, and then asks this one to end.
 *
 * Ganeti: backend.LeaveCluster, errors.QuitGanetiException
 */
export async function leaveCluster(
  parts: ClusterExitParts,
  isSshSetupModified: boolean,
): Promise<string> {
  const { dataDir, cryptoKeysDir, jobQueue, requestStop } = parts;
  await removeFiles(dataDir, {});
  await removeFiles(cryptoKeysDir, {});
  await jobQueue.purge({ withLock: true });
  if (isSshSetupModified) await attempt(parts, 'removing SSH keys', () => removeSshKeys(parts));
  for (const name of SECRETS)
    await attempt(parts, 'removing a secret of the cluster', () =>
      removeIfExists(join(dataDir, name)),
    );
  for (const daemon of DAEMONS) await stopDaemon(parts, daemon);
  requestStop();
  return 'Shutdown scheduled';
}

async function removeSshKeys(parts: ClusterExitParts): Promise<void> {
  const { privateKey, publicKey } = keyPair(parts.sshDir, REMOVED_KEY_TYPE);
  const key = await readIfExists(publicKey);
  if (key === undefined) return;
  await removeAuthorizedKeys(parts, [key]);
  await removeIfExists(privateKey);
  await removeIfExists(publicKey);
}

/** As in Ganeti, what cannot be removed is only logged: the node leaves anyhow. */
async function attempt(
  { logger }: ClusterExitParts,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.error('leaving the cluster', { what, reason: errorReason(error) });
  }
}
