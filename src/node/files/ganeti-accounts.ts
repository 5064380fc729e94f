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

/** The users and groups that Ganeti's daemons run as. */
export interface GanetiAccountsParts {
  readonly accounts: Pick<Accounts, 'uid' | 'gid'>;
  readonly ganeti: SpokenVersion;
}

/**
 * The numbers of a user and a group that the master named.
 *
 * @throws NodeError for others than Ganeti's, and for those that this node does not have
 */
export async function fileOwner(
  { ganeti, accounts }: GanetiAccountsParts,
  user: string,
  group: string,
): Promise<FileOwner> {
  const { addedAccounts } = ganeti.version();
  if (![...USERS, ...addedAccounts].includes(user))
    throw new BackendError(`Unknown Ganeti user '${user}'`);
  if (![...GROUPS, ...addedAccounts].includes(group))
    throw new BackendError(`Unknown Ganeti group '${group}'`);
  const uid = await accounts.uid(user);
  const gid = await accounts.gid(group);
  if (uid === undefined) throw new BackendError(`User '${user}' not found`);
  if (gid === undefined) throw new BackendError(`Group '${group}' not found`);
  return { uid, gid };
}

/**
 * Whose the job queue is; undefined where it stays ours: on a node where Ganeti's users were never made, and for a
 * daemon that may not give files away.
 *
 * @param canGiveAway whether this process may make files somebody else's
 */
export async function queueOwner(
  accounts: GanetiAccountsParts['accounts'],
  canGiveAway: boolean,
): Promise<FileOwner | undefined> {
  if (!canGiveAway) return undefined;
  const uid = await accounts.uid('gnt-masterd');
  const gid = await accounts.gid('gnt-daemons');
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
