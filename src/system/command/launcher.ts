import type { CommandOptions } from './command-options.js';
import { PLAIN_FILE_LIMIT } from './process-defaults.js';

/**
 * How a shell begins that becomes a program in control groups: its parameters are their cgroup.procs files, "--", and
 * what it goes on with. Writing 0 moves the writer itself: nobody can be moved by mistake.
 */
export const JOIN_CGROUPS = `${PLAIN_FILE_LIMIT}
while [ "$1" != -- ]; do
  echo 0 >"$1" || exit 125
  shift
done
shift
`;
/** Bash says best why a program can't be started. */
const LAUNCHER = `${JOIN_CGROUPS}exec "$@"
`;

/** Whether `options` ask for more than a plain start of the program. */
export function needsLauncher({ log, cgroupProcs = [] }: CommandOptions): boolean {
  return log !== undefined || cgroupProcs.length > 0;
}

/** The command line that joins the control groups and then becomes `argv`. */
export function launcherArgv(
  argv: readonly string[],
  { cgroupProcs = [] }: Pick<CommandOptions, 'cgroupProcs'>,
): [string, ...string[]] {
  return ['bash', '-c', LAUNCHER, 'launcher', ...cgroupProcs, '--', ...argv];
}
