import type { CommandOptions } from './command-options.js';
import { PLAIN_FILE_LIMIT } from './process-defaults.js';

/**
 * cgroup.procs files, "--" and the command. Writing 0 moves the writer itself: nobody can be moved by mistake. Bash says
 * best why a program can't be started.
 */
const LAUNCHER = `${PLAIN_FILE_LIMIT}
while [ "$1" != -- ]; do
  echo 0 >"$1" || exit 125
  shift
done
shift
exec "$@"
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
