import type { Host } from '../row.js';
import { type BenchInstance, pathOf, rootOf } from './chroots.js';

/** Milliseconds that a start, or all of them, took, and a stop, or all of them. */
export interface Life {
  readonly start: number;
  readonly stop: number;
}

/**
 * The work that cannot be left out, and nothing else: $1: the disk, $2: the root. Not with losetup: where several look for
 * a free device at once, it sleeps for a fifth of a second if another one was quicker. A process that was killed lets go
 * of its root a little later.
 */
const WORK = `
  set -eu
  start() {
    mkdir "$2"
    mount -o loop "$1" "$2"
    chroot "$2" /ganeti-chroot start >/dev/null
  }
  stop() {
    chroot "$2" /ganeti-chroot stop >/dev/null
    until umount "$2" 2>/dev/null; do sleep 0.01; done
    rmdir "$2"
  }`;

/** $@: what `each` does the work for. Prints the microseconds of start and stop. */
const TIMED = `
  begin=\${EPOCHREALTIME/[.,]/}
  each start "$@"
  started=\${EPOCHREALTIME/[.,]/}
  each stop "$@"
  echo "$((started - begin)) $((\${EPOCHREALTIME/[.,]/} - started))"`;

const ONE = `${WORK}
  each() { "$@"; }
  ${TIMED}`;

/** $1: how many at once. */
const MANY = `${WORK}
  at_once=$1
  shift
  export -f start stop
  each() {
    verb=$1
    shift
    printf '%s\\0' "$@" |
      xargs --null --max-args=2 --max-procs="$at_once" bash -euc '"$0" "$@"' "$verb"
  }
  ${TIMED}`;

/** Starts and stops an instance with no more than a shell. */
export async function bareLife(host: Host, instance: BenchInstance): Promise<Life> {
  return parseLife(await host.exec('bash', '-c', ONE, 'life', ...diskAndRoot(instance)));
}

/** Starts all, and then stops all, some of them at once. */
export async function bareLives(
  host: Host,
  instances: readonly BenchInstance[],
  atOnce: number,
): Promise<Life> {
  const args = [String(atOnce), ...instances.flatMap(diskAndRoot)];
  return parseLife(await host.exec('bash', '-c', MANY, 'lives', ...args));
}

/** @param text two numbers of microseconds */
export function parseLife(text: string): Life {
  const match = /^(\d+) (\d+)\n$/.exec(text);
  if (match === null) throw new Error(`the shell's life of an instance ended with '${text}'`);
  return { start: Number(match[1]) / 1000, stop: Number(match[2]) / 1000 };
}

function diskAndRoot(instance: BenchInstance): [string, string] {
  return [pathOf(instance.disks_info[0]), rootOf(instance)];
}
