import type { Machine } from '../../system/kernel/machine.js';
import { type Finding, missing, ok, warning } from '../finding.js';

/** The programs that are started for chroots, and the Debian package of each. */
const NEEDED = {
  bash: 'bash',
  chroot: 'coreutils',
  mount: 'mount',
  openssl: 'openssl',
  perl: 'perl-base',
  umount: 'mount',
};
/** Those that only some calls of a cluster's master need. */
const NEEDED_IN_CLUSTERS = {
  getent: 'libc-bin',
  ip: 'iproute2',
  ssh: 'openssh-client',
  tar: 'tar',
};

export async function checkPrograms(machine: Machine, isInCluster: boolean): Promise<Finding[]> {
  const absent = await packagesOf(machine, NEEDED);
  const absentInCluster = isInCluster ? await packagesOf(machine, NEEDED_IN_CLUSTERS) : [];
  if (absent.length === 0 && absentInCluster.length === 0)
    return [ok('programs', 'all that are needed are there')];
  return [
    ...absent.map(([program, name]) =>
      missing('programs', `there is no ${program}`, `apt-get install ${name}`),
    ),
    ...absentInCluster.map(([program, name]) =>
      warning('programs', `there is no ${program}`, `apt-get install ${name}`),
    ),
  ];
}

async function packagesOf(
  machine: Machine,
  programs: Readonly<Record<string, string>>,
): Promise<[program: string, name: string][]> {
  const all = Object.entries(programs);
  const isThere = await Promise.all(all.map(([program]) => machine.hasProgram(program)));
  return all.filter((_, index) => isThere[index] !== true);
}
