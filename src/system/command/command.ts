import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Options, ResultPromise } from 'execa';
import { errorReason } from '../../base/errno.js';
import { stepDone } from '../kernel/steps.js';
import type { LogDoor, LogPipe } from '../log-keeper/log-keeper.js';
import type { CommandOptions, LogTarget } from './command-options.js';
import { killAfter } from './kill-after.js';
import { launcherArgv, needsLauncher } from './launcher.js';
import { CLEAN_ENVIRONMENT, withPlainOomScore } from './process-defaults.js';

/** How much of each stream is kept unless asked for more, in bytes; the rest is read and thrown away. */
const OUTPUT_LIMIT_BYTES = 64 * 1024;
/** How long a finished program's pipes may stay open in the hands of its children. */
const PIPE_GRACE_MS = 300;
/** How long it may take until all that a failed program has said is in its log. */
export const LOG_GRACE_MS = 5_000;
/**
 * Comes before a command line whose mounts nobody else is to see. What is mounted elsewhere meanwhile is seen inside, and what
 * is unmounted elsewhere goes there, too.
 */
export const OWN_MOUNTS = ['unshare', '--mount', '--propagation', 'slave', '--'] as const;
/** Why a program can't be started, bash says better. */
const BY_BASH = ['bash', '-c', 'exec "$@"', 'bash'] as const;
/** The channel on which Node.js itself announces each process that it makes. */
const NEW_PROCESSES = 'child_process';

export interface CommandResult {
  readonly argv: readonly string[];
  /** At most the first 64 KiB, or what `outputLimitBytes` says. */
  readonly stdout: string;
  /** Likewise. */
  readonly stderr: string;
}

interface CommandEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** It was killed and is still there. */
  readonly isStuck?: boolean;
  readonly cause: unknown;
}

/** A command that did not succeed; `failReason` is in Ganeti's words (Ganeti: utils.RunResult.fail_reason). */
export class CommandError extends Error {
  readonly argv: readonly string[];
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly failReason: string;

  constructor(result: CommandResult, end: CommandEnd, timeoutMs: number) {
    const failReason = describeEnd(end, timeoutMs);
    super(`${result.argv[0] ?? 'command'} ${failReason}`, { cause: end.cause });
    this.name = 'CommandError';
    this.argv = result.argv;
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.timedOut = end.timedOut;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
    this.failReason = failReason;
  }

  /** What the program said, or else how it ended; never empty. */
  get output(): string {
    return `${this.stdout}${this.stderr}`.trim() || this.failReason;
  }
}

/** What a program that failed has said, or why anything else failed. */
export function commandReason(error: unknown): string {
  return error instanceof CommandError ? error.output : errorReason(error);
}

function describeEnd(end: CommandEnd, timeoutMs: number): string {
  const survival = end.isStuck === true ? ', and SIGKILL has not ended it' : '';
  if (end.timedOut) return `timed out after ${String(timeoutMs / 1000)} s${survival}`;
  if (end.signal !== undefined) return `terminated by signal ${end.signal}`;
  if (end.exitCode !== undefined) return `exited with exit code ${String(end.exitCode)}`;
  return `could not be started (${end.cause instanceof Error ? end.cause.message : 'no reason given'})`;
}

/** Starts programs. What needs a program takes one of these, so that tests can pass a fake. */
export interface CommandRunner {
  /**
   * Runs `argv` to its end.
   *
   * @throws CommandError when it cannot be started, fails, or takes longer than its time limit
   */
  run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult>;
}

/**
 * Loads what starts programs. It takes a while: a daemon that has nothing to run yet answers sooner without it.
 *
 * To be done while there are descriptors: Node.js never tries again to load a module whose file it could not open.
 */
export function loadExeca(): Promise<typeof import('execa')> {
  return import('execa');
}

/**
 * Starts real programs: without a shell, with a clean environment, without our descriptors and standard input, and in a
 * process group of their own, which a time limit ends as a whole. What has left the group is ended with a control group
 * (`ConfinedCommands`, or an instance's own).
 *
 * The end of the program counts, not the end of its pipes: a daemon that it leaves behind may hold them open without end.
 */
export class Commands implements CommandRunner {
  readonly #logs: LogDoor | undefined;

  /** @param logs takes the output of programs that have a log */
  constructor({ logs }: { logs?: LogDoor } = {}) {
    this.#logs = logs;
  }

  async run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
    if (options.log === undefined) return run(argv, options, undefined);
    const output = this.#open(argv, options.log, options);
    try {
      return await run(argv, options, output);
    } catch (error) {
      await output.written(LOG_GRACE_MS);
      throw error;
    } finally {
      output.release();
    }
  }

  #open(argv: readonly string[], log: LogTarget, options: CommandOptions): LogPipe {
    if (this.#logs === undefined) throw new Error('nobody keeps logs');
    try {
      return this.#logs.open(log);
    } catch (error) {
      throw notStarted(argv, error, options);
    }
  }
}

async function run(
  argv: readonly [string, ...string[]],
  options: CommandOptions,
  output: LogPipe | undefined,
): Promise<CommandResult> {
  const program =
    options.hasOwnMounts === true ? ([...OWN_MOUNTS, ...BY_BASH, ...argv] as const) : argv;
  const [file, ...args] = needsLauncher(options) ? launcherArgv(program, options) : program;
  const { execa } = await loadExeca();
  const start = () => execa(file, args, spawnOptions(options, output));
  const begun = begin(() => withPlainOomScore(start));
  if ('reason' in begun) throw notStarted(argv, await begun.reason, options);
  const { child } = begun;
  stepDone('program started', basename(argv[0]));
  const stdout = collect(child.stdout, options.outputLimitBytes);
  const stderr = collect(child.stderr, options.outputLimitBytes);
  const end = await waitForEnd(child, options);
  stepDone('program ended', basename(argv[0]));
  const result = { argv, stdout: stdout(), stderr: stderr() };
  if (end.exitCode !== 0) throw new CommandError(result, end, options.timeoutMs);
  return result;
}

/**
 * What no program can be given, a NUL above all, makes `start` throw. So does a lack of descriptors: execa stumbles over a
 * process without pipes, which itself says why only a moment later, when nobody would listen any more. That would end us.
 */
function begin<T>(start: () => T): { readonly child: T } | { readonly reason: Promise<unknown> } {
  let said: unknown;
  const listen = (message: unknown) => {
    (message as { process: ChildProcess }).process.once('error', (error) => {
      said = error;
    });
  };
  subscribe(NEW_PROCESSES, listen);
  try {
    return { child: start() };
  } catch (error) {
    return { reason: nextTurn().then(() => said ?? error) };
  } finally {
    unsubscribe(NEW_PROCESSES, listen);
  }
}

function notStarted(
  argv: readonly string[],
  cause: unknown,
  { timeoutMs }: CommandOptions,
): CommandError {
  const end = { exitCode: undefined, signal: undefined, timedOut: false, cause };
  return new CommandError({ argv, stdout: '', stderr: '' }, end, timeoutMs);
}

function spawnOptions({ env, cwd, input }: CommandOptions, output: LogPipe | undefined) {
  // The types know descriptors up to 9, execa itself knows all.
  const stream = (output?.fd ?? 'pipe') as 'pipe' | 3;
  return {
    env: { ...CLEAN_ENVIRONMENT, ...env },
    extendEnv: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    stdio: [input === undefined ? 'ignore' : 'pipe', stream, stream],
    buffer: false,
    detached: true,
    cleanup: false,
    reject: false,
  } satisfies Options;
}

type Child = ResultPromise<ReturnType<typeof spawnOptions>>;

async function waitForEnd(child: Child, { timeoutMs }: CommandOptions): Promise<CommandEnd> {
  const limit = killAfter(child.pid, timeoutMs);
  child.once('exit', () => {
    limit.lift();
    void closePipes(child, PIPE_GRACE_MS);
  });
  const end = await Promise.race([child, limit.inVain]);
  limit.lift();
  const timedOut = limit.isOver();
  if (end !== undefined)
    return { exitCode: end.exitCode, signal: end.signal, timedOut, cause: end.cause };
  void closePipes(child, 0);
  child.unref();
  return { exitCode: undefined, signal: undefined, timedOut, isStuck: true, cause: undefined };
}

async function closePipes(child: Child, graceMs: number): Promise<void> {
  const pipes = child.stdio.filter((stream): stream is Readable => stream != null);
  const ended = pipes.filter((pipe) => !pipe.closed).map((pipe) => once(pipe, 'close'));
  if (graceMs > 0)
    await Promise.race([Promise.all(ended), delay(graceMs, undefined, { ref: false })]);
  // When we are busy the time is over before anything was read: what is in the pipes comes first.
  await nextTurn();
  for (const pipe of pipes) pipe.destroy();
}

/** Reads `stream` to its end, keeps its beginning, and returns a function that gives what there is so far. */
function collect(stream: Readable | null, limitBytes = OUTPUT_LIMIT_BYTES): () => string {
  const chunks: Buffer[] = [];
  let roomBytes = limitBytes;
  stream?.on('data', (chunk: Buffer) => {
    if (roomBytes === 0) return;
    const kept = chunk.subarray(0, roomBytes);
    roomBytes -= kept.length;
    chunks.push(kept);
  });
  return () => Buffer.concat(chunks).toString();
}
