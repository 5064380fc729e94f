import type { WallClock } from '../../base/clock.js';
import { errorCode, errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { removeIfExists } from '../../system/file/files.js';
import type { DaemonUtil } from '../daemons/daemon-util.js';
import { backUp } from '../files/backup.js';
import type { Ssconf } from '../files/ssconf-reader.js';
import type { NodeNames } from './node-name.js';

/** Runs on the master only (Ganeti: constants.WCONFD). */
const MASTER_DAEMON = 'ganeti-wconfd';

export interface MasterCandidateParts {
  readonly configPath: string;
  readonly ssconf: Pick<Ssconf, 'masterNode'>;
  readonly nodeNames: NodeNames;
  readonly daemons: Pick<DaemonUtil, 'isRunning'>;
  readonly clock: WallClock;
}

/** The node's part as a candidate for the place of the master. */
export class MasterCandidate {
  readonly #parts: MasterCandidateParts;

  /** @param configPath config.data, the whole configuration of the cluster */
  constructor(parts: MasterCandidateParts) {
    this.#parts = parts;
  }

  /**
   * Removes the cluster's configuration from a node that is no candidate any longer, and keeps a copy.
   *
   * Ganeti: backend.DemoteFromMC. Deviation: that looks for ganeti-masterd, which no longer exists, and so never sees
   * a master that runs.
   */
  async demote(): Promise<void> {
    if (this.#parts.ssconf.masterNode() === (await this.#parts.nodeNames.own()))
      throw new RpcFailure("ssconf status shows I'm the master node, will not demote");
    if (await this.#parts.daemons.isRunning(MASTER_DAEMON))
      throw new RpcFailure('The master daemon is running, will not demote');
    try {
      await backUp(this.#parts.configPath, this.#parts.clock);
      await removeIfExists(this.#parts.configPath);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      throw new RpcFailure(`Error while backing up cluster file: ${errorReason(error)}`, {
        cause: error,
      });
    }
  }
}
