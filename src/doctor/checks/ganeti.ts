import type { Paths } from '../../config/config.js';
import { GANETI_GROUPS, GANETI_USERS } from '../../node/files/ganeti-accounts.js';
import type { Machine } from '../../system/kernel/machine.js';
import { type Finding, missing, ok } from '../finding.js';

const ADVICE = 'install Ganeti (apt-get install ganeti), or use --state-dir';

export async function checkAccounts(machine: Machine): Promise<Finding> {
  const users = await absentOf(GANETI_USERS, (name) => machine.hasUser(name));
  const groups = await absentOf(GANETI_GROUPS, (name) => machine.hasGroup(name));
  if (users.length === 0 && groups.length === 0)
    return ok('accounts', "Ganeti's users and groups are there");
  const absent = [...users.map((name) => `user ${name}`), ...groups.map((name) => `group ${name}`)];
  return missing('accounts', `there is no ${absent.join(', no ')}`, ADVICE);
}

export async function checkDirectories(
  machine: Machine,
  { dataDir, logDir, confDir }: Paths,
): Promise<Finding> {
  const absent = await absentOf([dataDir, logDir, confDir], (path) => machine.isDirectory(path));
  if (absent.length === 0) return ok('directories', "Ganeti's directories are there");
  return missing('directories', `there is no directory ${absent.join(', ')}`, ADVICE);
}

async function absentOf(
  names: readonly string[],
  isThere: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const found = await Promise.all(names.map(isThere));
  return names.filter((_, index) => found[index] !== true);
}
