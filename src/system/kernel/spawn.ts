import { constants } from 'node:os';
import koffi from 'koffi';
import { checked, SyscallError } from './syscalls.js';

/**
 * Processes that are made without a copy of our own memory map, which takes a daemon milliseconds in which it does
 * nothing else: posix_spawn(3), which waits only until the program begins.
 */

/** spawn.h of glibc. */
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
/** As much as glibc has for each on any architecture, and more. */
const ATTRIBUTES_BYTES = 1024;
const ACTIONS_BYTES = 256;
const SIGNAL_SET_BYTES = 128;
const NO_SIGNALS = Buffer.alloc(SIGNAL_SET_BYTES);
/** sigfillset(3) leaves out two that glibc keeps for itself: with some of its versions programs would find those ignored. */
const ALL_SIGNALS = Buffer.alloc(SIGNAL_SET_BYTES, 0xff);
const WNOHANG = 1;
const O_CLOEXEC = 0o2000000;

const SIGNAL_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name] as const),
);

const libc = koffi.load('libc.so.6');
const spawnCall = libc.func(
  'int posix_spawnp(void *pid, const char *file, void *actions, void *attributes, const char **argv, const char **environment)',
);
const attributesInit = libc.func('int posix_spawnattr_init(void *attributes)');
const attributesDestroy = libc.func('int posix_spawnattr_destroy(void *attributes)');
const attributesSetFlags = libc.func('int posix_spawnattr_setflags(void *attributes, short flags)');
const attributesSetDefault = libc.func(
  'int posix_spawnattr_setsigdefault(void *attributes, void *signals)',
);
const attributesSetMask = libc.func(
  'int posix_spawnattr_setsigmask(void *attributes, void *signals)',
);
const actionsInit = libc.func('int posix_spawn_file_actions_init(void *actions)');
const actionsDestroy = libc.func('int posix_spawn_file_actions_destroy(void *actions)');
const actionsDup2 = libc.func(
  'int posix_spawn_file_actions_adddup2(void *actions, int fd, int as)',
);
const actionsChdir = libc.func(
  'int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)',
);
const pipeCall = libc.func('int pipe2(void *ends, int flags)');
const waitpidCall = libc.func('int waitpid(int pid, void *status, int options)');

/** How a process ended: one of the two is undefined. */
export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

export interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What the program finds as its descriptors 0, 1, 2, ... */
  readonly stdio: readonly number[];
}

/**
 * Starts a program in a session of its own, with all signals as usual. Who starts it must wait for its end (`endOf`).
 *
 * @param argv the first is looked for in our own PATH
 * @returns its PID
 * @throws Error with the `code` of the system
 */
export function spawnProcess(
  argv: readonly [string, ...string[]],
  { env, cwd, stdio }: SpawnOptions,
): number {
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // The system would take what comes before it.
  if ([...argv, ...environment, cwd].some((text) => text.includes('\0')))
    throw new TypeError('no program can be given a null byte');
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
  const actions = Buffer.alloc(ACTIONS_BYTES);
  const pid = Buffer.alloc(4);
  check('posix_spawn', attributesInit(attributes));
  check('posix_spawn', actionsInit(actions));
  try {
    check(
      'posix_spawn',
      attributesSetFlags(
        attributes,
        POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID,
      ),
    );
    check('posix_spawn', attributesSetDefault(attributes, ALL_SIGNALS));
    check('posix_spawn', attributesSetMask(attributes, NO_SIGNALS));
    check('posix_spawn', actionsChdir(actions, cwd));
    for (const [as, fd] of stdio.entries()) check('posix_spawn', actionsDup2(actions, fd, as));
    check(
      'posix_spawn',
      spawnCall(pid, argv[0], actions, attributes, [...argv, null], [...environment, null]),
    );
    return pid.readInt32LE();
  } finally {
    actionsDestroy(actions);
    attributesDestroy(attributes);
  }
}

/**
 * How our child has ended; undefined while it has not. It is gone with the answer: nobody may ask a second time.
 *
 * @throws SyscallError `ECHILD` for who is no child of ours
 */
export function endOf(pid: number): ProcessEnd | undefined {
  const status = Buffer.alloc(4);
  if (checked('waitpid', waitpidCall(pid, status, WNOHANG)) === 0) return undefined;
  const number = status.readInt32LE();
  const signal = number & 0x7f;
  return signal === 0
    ? { exitCode: (number >> 8) & 0xff, signal: undefined }
    : { exitCode: undefined, signal: SIGNAL_NAMES.get(signal) ?? `signal ${signal}` };
}

/** pipe2(2): what is written to the second comes out of the first. Programs get neither, unless they are told so. */
export function openPipe(): [readEnd: number, writeEnd: number] {
  const ends = Buffer.alloc(8);
  checked('pipe2', pipeCall(ends, O_CLOEXEC));
  return [ends.readInt32LE(0), ends.readInt32LE(4)];
}

/** These return the number of the error. */
function check(name: string, result: unknown): void {
  if (Number(result) !== 0) throw new SyscallError(name, Number(result));
}
