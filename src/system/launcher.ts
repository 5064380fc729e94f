import type { CommandOptions } from './command.js';

/** The descriptor on which the keeper of a log is heard to end. */
export const KEEPER_DESCRIPTOR = 3;

/**
 * Copies standard input to standard output up to $1 bytes, says so when there was more, and then reads on, so that the
 * writers neither block nor get SIGPIPE. It lives as long as anybody writes: also when we are gone.
 *
 * Unbuffered, or the last words of a program would be missing while a daemon of its keeps the pipe open. Not `dd`: it
 * counts a short write as a whole block.
 */
export const KEEPER = `
trap '' TERM INT HUP
stdbuf -o0 head -c "$1"
if [ "$(head -c 1 | wc -c)" -eq 1 ]; then printf '\\n[output cut here, at %s bytes]\\n' "$1"; fi
exec 3>&-
exec cat >/dev/null
`;

/**
 * $1 keeper, $2 log file or nothing, $3 its limit, then cgroup.procs files, "--" and the command.
 *
 * The keeper is started before the process moves, so that it is not part of the control groups. Writing 0 moves the
 * writer itself: nobody can be moved by mistake.
 */
const LAUNCHER = `
if [ -n "$2" ]; then
  exec > >(exec setsid bash -c "$1" keeper "$3" >>"$2") 2>&1 || exit 125
  exec 3>&-
fi
shift 3
while [ "$1" != -- ]; do
  echo 0 >"$1" || exit 125
  shift
done
shift
exec "$@"
`;

/** Whether `options` ask for more than a plain start of the program. */
export function needsLauncher(options: CommandOptions): boolean {
  return options.log !== undefined || (options.cgroupProcs ?? []).length > 0;
}

/** The command line that joins the control groups, ties output to the log and then becomes `argv`. */
export function launcherArgv(
  argv: readonly string[],
  { log, cgroupProcs = [] }: CommandOptions,
): [string, ...string[]] {
  const logArguments = log === undefined ? ['', '0'] : [log.path, String(log.limitBytes)];
  return [
    'bash',
    '-c',
    LAUNCHER,
    'launcher',
    KEEPER,
    ...logArguments,
    ...cgroupProcs,
    '--',
    ...argv,
  ];
}
