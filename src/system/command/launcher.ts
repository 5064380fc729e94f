import type { CommandOptions, LogTarget } from './command-options.js';
import { PLAIN_FILE_LIMIT } from './process-defaults.js';

/** The descriptor on which the keeper of a log is heard to have written all that it will. */
export const KEEPER_DESCRIPTOR = 3;

/**
 * Copies standard input to standard output up to as many bytes as its argument says, marks the cut when there was more,
 * and then reads on, so that the writers neither block nor get SIGPIPE. It lives as long as anybody writes: also when we
 * are gone.
 *
 * In perl, which every Debian has: of what the shell has for it, it takes eight programs.
 */
const KEEPER = `
$SIG{$_} = 'IGNORE' for qw(TERM INT HUP);
open my $heard, '>&=', ${KEEPER_DESCRIPTOR};
my $limit = my $room = shift;
while (sysread STDIN, my $text, 65536) {
  next if $room < 0;
  my $left = $room - length $text;
  $text = substr($text, 0, $room) . "\\n[output cut here, at $limit bytes]\\n" if $left < 0;
  while (length $text) {
    my $written = syswrite STDOUT, $text or last;
    substr($text, 0, $written) = '';
  }
  $room = $left;
  close $heard if $room < 0;
}
`;

/** How many words `keeperArgv` has, for launchers. */
export const KEEPER_WORDS = 4;

/** The command line of the program that keeps a log: it reads the output, and its standard output is the log. */
export function keeperArgv(limitBytes: number): string[] {
  return ['perl', '-e', KEEPER, String(limitBytes)];
}

/**
 * $1 log file or nothing, then the words of its keeper, cgroup.procs files, "--" and the command.
 *
 * The keeper is started before the process moves, so that it is not part of the control groups. Writing 0 moves the
 * writer itself: nobody can be moved by mistake.
 */
const LAUNCHER = `${PLAIN_FILE_LIMIT}
if [ -n "$1" ]; then
  exec > >(exec setsid "\${@:2:${KEEPER_WORDS}}" >>"$1") 2>&1 || exit 125
  exec ${KEEPER_DESCRIPTOR}>&-
fi
shift ${KEEPER_WORDS + 1}
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
  { log = NO_LOG, cgroupProcs = [] }: CommandOptions,
): [string, ...string[]] {
  const keeper = keeperArgv(log.limitBytes);
  return ['bash', '-c', LAUNCHER, 'launcher', log.path, ...keeper, ...cgroupProcs, '--', ...argv];
}

const NO_LOG: LogTarget = { path: '', limitBytes: 0 };
