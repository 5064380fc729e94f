import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WallClock } from '../../base/clock.js';
import { errorReason } from '../../base/errno.js';
import { escapeControl } from '../../base/text.js';
import type {
  ChrootScriptRunner,
  PreparedScript,
} from '../../system/chroot-script/chroot-scripts.js';
import { CommandError } from '../../system/command/command.js';
import { appendToFile, renameIfExists } from '../../system/file/changes.js';
import { makeDirectory } from '../../system/file/directories.js';
import { LogPipeError } from '../../system/log-keeper/log-keeper.js';

/** How much output of one run is kept. */
const LOG_LIMIT_BYTES = 1024 * 1024;
/** Takes the output that can't be kept. */
const NOWHERE = '/dev/null';
/** How much of the output's end goes into an error message. */
const MESSAGE_BYTES = 2048;

/** One run of an instance's script. */
export interface ScriptRun {
  readonly instance: string;
  /** Path inside the root. */
  readonly script: string;
  readonly verb: 'start' | 'stop';
  /** `cgroup.procs` files of the instance's control groups. */
  readonly cgroupProcs: readonly string[];
  /** Told when the log can't be written; the script runs all the same then. Without this that is a failure. */
  readonly onUnlogged?: (reason: string) => void;
}

/** A script that is about to run. */
export interface PreparedRun {
  /**
   * @param root where the instance's disk is mounted
   * @throws ScriptError
   */
  run(root: string, timeoutMs: number): Promise<void>;
  /** Lets it be; resolves when its process is gone. Nothing happens after `run`. */
  cancel(): Promise<void>;
}

/** A run that failed; the message is the end of what the script said, or how it ended, or why it was not begun. */
export class ScriptError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ScriptError';
  }
}

export interface InitScriptsParts {
  readonly scripts: ChrootScriptRunner;
  readonly logDir: string;
  readonly clock: WallClock;
}

/**
 * Runs the scripts of instances inside their roots: with a clean environment, none of our descriptors, a time limit, and
 * output in a log file of the instance's own (`<log dir>/<instance>.log`; the log of the life before in `.log.1`).
 */
export class InitScripts {
  readonly #parts: InitScriptsParts;

  constructor(parts: InitScriptsParts) {
    this.#parts = parts;
  }

  logFile(instance: string): string {
    return join(this.#parts.logDir, `${instance}.log`);
  }

  /**
   * Makes the log and the process, which waits until it is told to run.
   *
   * @throws ScriptError
   */
  async prepare(run: ScriptRun): Promise<PreparedRun> {
    const { path, begin } = await this.#open(run);
    const script = await naming(path, begin, () => this.#prepare(run, path));
    return {
      run: (root, timeoutMs) => naming(path, begin, () => script.run(root, timeoutMs)),
      cancel: () => script.cancel(),
    };
  }

  #prepare({ script, verb, cgroupProcs, onUnlogged }: ScriptRun, path: string): PreparedScript {
    const { scripts } = this.#parts;
    const log = path === NOWHERE ? undefined : { path, limitBytes: LOG_LIMIT_BYTES };
    const wanted = { argv: [script, verb] as const, env: { HOME: '/' }, cgroupProcs };
    try {
      return scripts.prepare({ ...wanted, log });
    } catch (error) {
      const cause = error instanceof CommandError ? error.cause : undefined;
      if (onUnlogged === undefined || !(cause instanceof LogPipeError)) throw error;
      onUnlogged(cause.message);
      return scripts.prepare({ ...wanted, log: undefined });
    }
  }

  /** Makes the log ready; says where in it this run begins. */
  async #open({ instance, script, verb, onUnlogged }: ScriptRun) {
    const path = this.logFile(instance);
    try {
      await makeDirectory(this.#parts.logDir, 0o750);
      if (verb === 'start') await renameIfExists(path, `${path}.1`, 'log of the life before kept');
      const title = `--- ${this.#parts.clock.wallTime().toISOString()} ${script} ${verb}\n`;
      await appendToFile(path, title, 0o640, 'log begun');
      return { path, begin: (await stat(path)).size };
    } catch (error) {
      const reason = `Can't write the log ${path}: ${errorReason(error)}`;
      if (onUnlogged === undefined) throw new ScriptError(reason, error);
      onUnlogged(reason);
      return { path: NOWHERE, begin: 0 };
    }
  }
}

/** The result of `work`, or a failure with what the script has said. */
async function naming<T>(path: string, begin: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new ScriptError(messageOf(await tailFrom(path, begin), error), error);
  }
}

function messageOf(output: string, { failReason, stderr, timedOut }: CommandError): string {
  const said = escapeControl(`${output}${stderr}`.trim());
  if (said === '') return failReason;
  return timedOut ? `${failReason}; it said: ${said}` : said;
}

async function tailFrom(path: string, begin: number): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.max(0, Math.min(size - begin, MESSAGE_BYTES));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
