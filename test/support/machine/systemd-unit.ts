import { readFileSync } from 'node:fs';

/** The unit file that is shipped. */
export const UNIT_PATH = new URL('../../../../etc/systemd/chroot-noded.service', import.meta.url)
  .pathname;

/** The settings of a unit's [Service], each with its last value. */
export type ServiceSettings = ReadonlyMap<string, string>;

export function readService(path = UNIT_PATH): ServiceSettings {
  const [, section = ''] =
    /^\[Service\]$([^]*?)(?=^\[|$(?![^]))/m.exec(readFileSync(path, 'utf8')) ?? [];
  const settings = section.matchAll(/^(\w+)=(.*)$/gm);
  return new Map([...settings].map(([, name = '', value = '']) => [name, value]));
}

/** What systemd itself does with a service, and no process of it has or inherits. */
const FOR_THE_MANAGER: readonly string[] = [
  ...['Type', 'ExecStart', 'ExecReload', 'Restart', 'RestartSec', 'SyslogIdentifier', 'KillMode'],
  ...['TimeoutStopSec', 'OOMPolicy', 'TasksMax'],
];

/** What systemd does where a unit says nothing else, and what not every process has. */
const DEFAULTS = { LimitNOFILE: '1024:' };

/**
 * A command line that makes the process as systemd does for the service and then becomes what is put behind it.
 *
 * @throws Error for a setting of which it isn't known what it does to processes
 */
export function startedAs(settings: ServiceSettings): string[] {
  const all = Object.entries({ ...DEFAULTS, ...Object.fromEntries(settings) });
  return all.flatMap(([name, value]) => wrapperOf(name, value));
}

/** Likewise; it joins the control groups of which these are the `cgroup.procs`. */
export function startedIn(procsFiles: readonly string[]): string[] {
  return procsFiles.flatMap((file) => ['sh', '-c', 'echo 0 >"$0" && exec "$@"', file]);
}

function wrapperOf(name: string, value: string): readonly string[] {
  if (FOR_THE_MANAGER.includes(name)) return [];
  if (name.startsWith('Limit')) return ['prlimit', `--${name.slice(5).toLowerCase()}=${value}`];
  if (name === 'UMask') return ['sh', '-c', 'umask "$0" && exec "$@"', value];
  if (name === 'Nice') return ['nice', '-n', value];
  if (name === 'NoNewPrivileges') return ['setpriv', '--no-new-privs'];
  if (name === 'OOMScoreAdjust') return ['choom', '-n', adjustable(Number(value)), '--'];
  throw new Error(`what does ${name}= do to the processes of a service?`);
}

/** Where nobody may be spared, as in many containers, it is the other way round: what matters is who inherits it. */
function adjustable(score: number): string {
  const [, capabilities = '0'] =
    /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const mayBeSpared = ((BigInt(`0x${capabilities}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
  return String(mayBeSpared ? score : Math.abs(score));
}

/** linux/capability.h. */
const CAP_SYS_RESOURCE = 24n;
