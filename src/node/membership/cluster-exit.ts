import { join } from 'node:path';
import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';
import { readIfExists, removeIfExists } from '../../system/file/files.js';
import type { DaemonUtil } from '../daemons/daemon-util.js';
import type { JobQueue } from '../files/job-queue.js';
import { removeFiles } from '../files/job-queue-directories.js';
import type { AuthorizedKeys } from '../ssh/authorized-keys.js';
import type { SshFiles } from '../ssh/files.js';

/** Ganeti: constants.CONFD, MOND, KVMD. */
const DAEMONS = ['ganeti-confd', 'ganeti-mond', 'ganeti-kvmd'];
/** Ganeti: pathutils.CONFD_HMAC_KEY, RAPI_CERT_FILE, SPICE_CERT_FILE, SPICE_CACERT_FILE, NODED_CERT_FILE. */
const SECRETS = ['hmac.key', 'rapi.pem', 'spice.pem', 'spice-ca.pem', 'server.pem'];
/** Ganeti: ssh.GetUserFiles, whose default this is: keys of other types stay. */
const REMOVED_KEY_TYPE = 'dsa';

export interface ClusterExitParts {
  readonly dataDir: string;
  /** Where certificates for single transfers are. */
  readonly cryptoDir: string;
  readonly jobQueue: Pick<JobQueue, 'purge'>;
  readonly sshFiles: SshFiles;
  readonly authorizedKeys: Pick<AuthorizedKeys, 'remove'>;
  readonly daemons: Pick<DaemonUtil, 'stop'>;
  /** Makes the daemon end in an orderly way, once the calls that run are answered. */
  readonly requestStop: () => void;
  readonly logger: Logger;
}

/** Makes a node forget its cluster. */
export class ClusterExit {
  readonly #parts: ClusterExitParts;

  constructor(parts: ClusterExitParts) {
    this.#parts = parts;
  }

  /**
   * Removes what the node has of its cluster, stops Ganeti's other daemons, and then asks this one to end.
   *
   * Ganeti: backend.LeaveCluster, errors.QuitGanetiException
   */
  async leave(isSshSetupModified: boolean): Promise<string> {
    const { dataDir, cryptoDir, jobQueue, daemons, requestStop } = this.#parts;
    await removeFiles(dataDir, {});
    await removeFiles(cryptoDir, {});
    await jobQueue.purge();
    if (isSshSetupModified) await this.#attempt('removing SSH keys', () => this.#removeSshKeys());
    for (const name of SECRETS)
      await this.#attempt('removing a secret of the cluster', () =>
        removeIfExists(join(dataDir, name)),
      );
    for (const daemon of DAEMONS) await daemons.stop(daemon);
    requestStop();
    return 'Shutdown scheduled';
  }

  async #removeSshKeys(): Promise<void> {
    const { sshFiles, authorizedKeys } = this.#parts;
    const { privateKey, publicKey } = sshFiles.keyPair(REMOVED_KEY_TYPE);
    const key = await readIfExists(publicKey);
    if (key === undefined) return;
    await authorizedKeys.remove([key]);
    await removeIfExists(privateKey);
    await removeIfExists(publicKey);
  }

  /** As in Ganeti, what cannot be removed is only logged: the node leaves anyhow. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.logger.error('leaving the cluster', { what, reason: errorReason(error) });
    }
  }
}
