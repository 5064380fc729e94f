import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';

/** What a process inherits from the one that starts it, and that is in no file. */
export interface InheritedState {
  readonly umask: string | undefined;
  readonly oomScore: string;
  readonly priority: number;
  /** Capabilities, no_new_privs and system call filters, as in /proc/PID/status. */
  readonly privileges: readonly string[];
  /** By name: soft limit, hard limit and unit, as in /proc/PID/limits. */
  readonly limits: Readonly<Record<string, string>>;
}

const PRIVILEGES = /^(?:Cap\w+|NoNewPrivs|Seccomp):.*$/gm;
const LIMIT = /^(Max [a-z ]+?) {2,}(.*?) *$/gm;

export function inheritedState(pid: number): InheritedState {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8').matchAll(LIMIT);
  return {
    umask: /^Umask:\s+(\d+)$/m.exec(status)?.[1],
    oomScore: readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(),
    priority: getPriority(pid),
    privileges: status.match(PRIVILEGES) ?? [],
    limits: Object.fromEntries(
      [...limits].map(([, name = '', values = '']) => [name, values.replace(/ +/g, ' ')]),
    ),
  };
}

/** What a login on this machine gives, as far as it is not what we were started with. */
export function loginState(): InheritedState {
  const own = inheritedState(process.pid);
  const files = 'Max open files';
  const [, hard = '', unit = ''] = own.limits[files]?.split(' ') ?? [];
  const soft = Math.min(1024, Number(hard));
  return {
    ...own,
    umask: '0022',
    oomScore: '0',
    limits: { ...own.limits, [files]: `${soft} ${hard} ${unit}` },
  };
}
