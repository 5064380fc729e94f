import { closeSync, openSync, writeSync } from 'node:fs';
import { ignoringNow } from '../../base/errno.js';
import { CommandError, LOG_GRACE_MS } from '../command/command.js';
import type { LogTarget } from '../command/command-options.js';
import { killAfter } from '../command/kill-after.js';
import { JOIN_CGROUPS } from '../command/launcher.js';
import { CLEAN_ENVIRONMENT, withPlainOomScore } from '../command/process-defaults.js';
import { openPipe, type ProcessEnd, spawnProcess } from '../kernel/spawn.js';
import { stepDone } from '../kernel/steps.js';
import type { LogDoor, LogPipe } from '../log-keeper/log-keeper.js';
import { whenEnded } from './child-ends.js';

/** Goes on with the script and its arguments; the root comes by standard input, or never. */
const LAUNCHER = `${JOIN_CGROUPS}IFS= read -r root || exit 125
exec chroot "$root" "$@" </dev/null
`;

/** A script in a chroot. */
export interface ChrootScript {
  /** Its path inside, and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Added to `CLEAN_ENVIRONMENT`. */
  readonly env: Readonly<Record<string, string>>;
  /** `cgroup.procs` files of the control groups that it joins. */
  readonly cgroupProcs: readonly string[];
  /** Takes both streams of output; undefined: nobody does. */
  readonly log: LogTarget | undefined;
}

/** A script that is about to run: its process is there, and joins its control groups. */
export interface PreparedScript {
  /**
   * Runs it to its end.
   *
   * @param root where the root of the chroot is mounted
   * @throws CommandError when it fails, or takes longer than `timeoutMs`
   */
  run(root: string, timeoutMs: number): Promise<void>;
  /** Ends it before it has begun; resolves when its process is gone. Nothing happens after `run`. */
  cancel(): Promise<void>;
}

/** Runs scripts in chroots. What needs this takes the interface, so that tests can pass a fake. */
export interface ChrootScriptRunner {
  /**
   * Makes the process of a script, which waits until it is told to run: to join a control group takes the kernel some
   * milliseconds, in which the disk can be mounted.
   *
   * @throws CommandError when there can be no process
   */
  prepare(script: ChrootScript): PreparedScript;
}

/** Starts each as one process of our own making (`spawnProcess`), in a session of its own, without our descriptors. */
export class ChrootScripts implements ChrootScriptRunner {
  readonly #logs: LogDoor;

  constructor({ logs }: { logs: LogDoor }) {
    this.#logs = logs;
  }

  prepare(script: ChrootScript): PreparedScript {
    const argv = ['chroot', ...script.argv];
    try {
      const output = script.log === undefined ? undefined : this.#logs.open(script.log);
      try {
        return new WaitingScript(argv, output, start(script, output));
      } catch (error) {
        output?.release();
        throw error;
      }
    } catch (cause) {
      const end = { exitCode: undefined, signal: undefined, timedOut: false, cause };
      throw new CommandError({ argv, stdout: '', stderr: '' }, end, 0);
    }
  }
}

interface Started {
  readonly pid: number;
  /** Takes the root. */
  readonly input: number;
}

function start({ argv, env, cgroupProcs }: ChrootScript, output: LogPipe | undefined): Started {
  const [stdin, input] = openPipe();
  const nowhere = openSync('/dev/null', 'w');
  try {
    const stream = output?.fd ?? nowhere;
    const pid = withPlainOomScore(() =>
      spawnProcess(['/bin/sh', '-c', LAUNCHER, 'launcher', ...cgroupProcs, '--', ...argv], {
        env: { ...CLEAN_ENVIRONMENT, ...env },
        cwd: '/',
        stdio: [stdin, stream, stream],
      }),
    );
    return { pid, input };
  } catch (error) {
    closeSync(input);
    throw error;
  } finally {
    closeSync(stdin);
    closeSync(nowhere);
  }
}

class WaitingScript implements PreparedScript {
  readonly #argv: readonly string[];
  readonly #output: LogPipe | undefined;
  readonly #pid: number;
  readonly #end: Promise<ProcessEnd>;
  #input: number | undefined;

  constructor(argv: readonly string[], output: LogPipe | undefined, { pid, input }: Started) {
    this.#argv = argv;
    this.#output = output;
    this.#pid = pid;
    this.#input = input;
    this.#end = whenEnded(pid);
  }

  async run(root: string, timeoutMs: number): Promise<void> {
    this.#tell(`${root}\n`);
    stepDone('program started', 'chroot');
    try {
      const end = await this.#endWithin(timeoutMs);
      stepDone('program ended', 'chroot');
      if (end.exitCode !== 0) {
        const said = { argv: this.#argv, stdout: '', stderr: '' };
        throw new CommandError(said, { ...end, cause: undefined }, timeoutMs);
      }
    } catch (error) {
      await this.#output?.written(LOG_GRACE_MS);
      throw error;
    } finally {
      this.#output?.release();
    }
  }

  async cancel(): Promise<void> {
    if (this.#input === undefined) return;
    this.#tell('');
    await this.#endWithin(0);
    this.#output?.release();
  }

  async #endWithin(timeoutMs: number) {
    const limit = killAfter(this.#pid, timeoutMs);
    const end = await Promise.race([this.#end, limit.inVain]);
    limit.lift();
    const timedOut = limit.isOver();
    if (end !== undefined) return { ...end, timedOut };
    return { exitCode: undefined, signal: undefined, timedOut, isStuck: true };
  }

  /** With nothing it hears that there is nothing to do. */
  #tell(text: string): void {
    const input = this.#input;
    if (input === undefined) throw new Error('a script runs once');
    this.#input = undefined;
    // It may have ended by itself: then its exit status says why.
    ignoringNow(['EPIPE'], () => writeSync(input, text));
    closeSync(input);
  }
}
