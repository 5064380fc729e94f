import { BackendError } from '../../base/errors.js';
import type { SpokenVersion } from '../../ganeti/ganeti.js';
import type { Accounts } from '../../system/command/accounts.js';
import type { FileOwner } from '../../system/file/changes.js';

/** Whom files may belong to in every version (Ganeti: runtime.GetentResolver). */
export const GANETI_USERS = ['gnt-masterd', 'gnt-confd', 'gnt-rapi'];
export const GANETI_GROUPS = [
  'gnt-masterd',
  'gnt-confd',
  'gnt-luxid',
  'gnt-rapi',
  'gnt-daemons',
  'gnt-admin',
];
const USERS = [...GANETI_USERS, 'root'];
const GROUPS = [...GANETI_GROUPS, 'root'];

export interface GanetiAccountsParts {
  readonly accounts: Pick<Accounts, 'uid' | 'gid'>;
  readonly ganeti: SpokenVersion;
  /** Whether this process may make files somebody else's. */
  readonly canGiveAway?: boolean;
}

/** The users and groups that Ganeti's daemons run as. */
export class GanetiAccounts {
  readonly #parts: Required<GanetiAccountsParts>;

  constructor(parts: GanetiAccountsParts) {
    this.#parts = { canGiveAway: true, ...parts };
  }

  /**
   * The numbers of a user and a group that the master named.
   *
   * @throws NodeError for others than Ganeti's, and for those that this node does not have
   */
  async owner(user: string, group: string): Promise<FileOwner> {
    const { addedAccounts } = this.#parts.ganeti.version();
    if (![...USERS, ...addedAccounts].includes(user))
      throw new BackendError(`Unknown Ganeti user '${user}'`);
    if (![...GROUPS, ...addedAccounts].includes(group))
      throw new BackendError(`Unknown Ganeti group '${group}'`);
    const uid = await this.#parts.accounts.uid(user);
    const gid = await this.#parts.accounts.gid(group);
    if (uid === undefined) throw new BackendError(`User '${user}' not found`);
    if (gid === undefined) throw new BackendError(`Group '${group}' not found`);
    return { uid, gid };
  }

  /**
   * Whose the job queue is; undefined where it stays ours: on a node where Ganeti's users were never made, and for a
   * daemon that may not give files away.
   */
  async queueOwner(): Promise<FileOwner | undefined> {
    if (!this.#parts.canGiveAway) return undefined;
    const uid = await this.#parts.accounts.uid('gnt-masterd');
    const gid = await this.#parts.accounts.gid('gnt-daemons');
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  }
}
