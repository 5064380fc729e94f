import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { errorCode, errorReason } from '../../base/errno.js';
import { retry, until } from '../../base/retry.js';
import type { LogTarget } from '../command/command-options.js';
import { CLEAN_ENVIRONMENT, withPlainOomScore } from '../command/process-defaults.js';
import { bytesInPipe, makePipe } from '../kernel/syscalls.js';
import { type KeeperAnswer, type KeeperRequest, receive, send } from './keeper-messages.js';
import { newPipesIn, pathsOf, pipesIn, removeLogPipe, socketPath } from './log-pipes.js';

const PROGRAM = fileURLToPath(new URL('./log-keeper-main.js', import.meta.url));
/** How long a keeper may take to start, and to answer. */
const STARTING = { timeoutMs: 10_000, pollMs: 10, longestPollMs: 200 };
const ANSWER_MS = 10_000;
const EMPTY_POLL_MS = 2;
/** How long after its end another one is started. */
const RESTART_MS = 500;
/** Nobody listens, or not yet. */
const NOBODY = ['ENOENT', 'ECONNREFUSED'];

/** Where the output of a program goes. */
export interface LogPipe {
  /** For the program's standard output and error. */
  readonly fd: number;
  /** Waits until all that was written so far is in the log, or the time is over. */
  written(timeoutMs: number): Promise<void>;
  /** The program has it, or there is none. */
  release(): void;
}

/** Takes the output of programs; an interface so that tests can pass a fake. */
export interface LogDoor {
  /** @throws LogPipeError */
  open(target: LogTarget): LogPipe;
}

/** The output of a program can't be taken: the directory of the pipes is full, for instance. */
export class LogPipeError extends Error {
  constructor(cause: unknown) {
    super(`Can't make a pipe for the output: ${errorReason(cause)}`, { cause });
    this.name = 'LogPipeError';
  }
}

export interface LogKeeperParts {
  /** The directory of the pipes, on a file system of this machine. Only root may look into it. */
  readonly directory: string;
  /** Told when the output of a program does not come to its log. */
  readonly onTrouble: (reason: string) => void;
}

/**
 * Appends the output of programs to logs, each up to a limit. One small process of our own does it for all of them, and
 * outlives this one: instances go on writing while the daemon is down, upgraded or killed.
 *
 * It starts when it is first needed. When it is killed another one takes its pipes, in which nothing is lost meanwhile.
 */
export class LogKeeper implements LogDoor {
  readonly #parts: LogKeeperParts;
  #line: Promise<KeeperLine> | undefined;
  #isClosed = false;

  constructor(parts: LogKeeperParts) {
    this.#parts = parts;
  }

  /** Makes the directory, and sees to it that the pipes have a keeper that were made before this process. */
  resume(): void {
    const { directory } = this.#parts;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of newPipesIn(directory)) removeLogPipe(directory, name);
    this.#reachIfNeeded();
  }

  open(target: LogTarget): LogPipe {
    const name = randomUUID();
    const fd = this.#make(name, target);
    // What is in a pipe goes with the last who has it open: that are we until the keeper has it.
    const kept = this.#ask({ pipe: name }).catch(this.#complain);
    return {
      fd,
      written: (timeoutMs) => Promise.race([this.#written(fd, kept, timeoutMs), after(timeoutMs)]),
      release: () => {
        void kept.then(() => {
          closeSync(fd);
        });
      },
    };
  }

  /** Lets go of the keeper, which ends when it has nothing to keep. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const line = await this.#line?.catch(() => undefined);
    line?.close();
  }

  readonly #complain = (error: unknown) => {
    if (!this.#isClosed) this.#parts.onTrouble(errorReason(error));
  };

  #make(name: string, target: LogTarget): number {
    const { directory } = this.#parts;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return makeLogPipe(directory, name, target);
    } catch (error) {
      removeLogPipe(directory, name);
      throw new LogPipeError(error);
    }
  }

  async #written(fd: number, kept: Promise<void>, timeoutMs: number): Promise<void> {
    await kept;
    if (await until(() => bytesInPipe(fd) === 0, { timeoutMs, pollMs: EMPTY_POLL_MS }))
      await this.#ask({}).catch(this.#complain);
  }

  #reachIfNeeded(): void {
    if (pipesIn(this.#parts.directory).length > 0) this.#reach().catch(this.#complain);
  }

  /** One that was killed before it answered is replaced. */
  async #ask(request: Omit<KeeperRequest, 'number'>): Promise<void> {
    await retry(
      async () => (await this.#reach()).ask(request),
      (error) => error instanceof KeeperEndedError && !this.#isClosed,
      STARTING,
    );
  }

  /** The keeper that there is, or a new one. */
  #reach(): Promise<KeeperLine> {
    return (this.#line ??= this.#connect().catch((error: unknown) => {
      this.#line = undefined;
      throw error;
    }));
  }

  async #connect(): Promise<KeeperLine> {
    const { directory } = this.#parts;
    let isStarting = false;
    const connectOrStart = async () => {
      try {
        return await connectTo(socketPath(directory));
      } catch (error) {
        if (isNobody(error) && !isStarting) {
          isStarting = true;
          startKeeper(directory, () => {
            isStarting = false;
          });
        }
        throw error;
      }
    };
    const socket = await retry(connectOrStart, isNobody, STARTING);
    return new KeeperLine(socket, () => {
      this.#line = undefined;
      // It has been idle; or it was killed.
      setTimeout(() => {
        if (!this.#isClosed) this.#reachIfNeeded();
      }, RESTART_MS).unref();
    });
  }
}

class KeeperEndedError extends Error {
  constructor() {
    super('the keeper of logs has ended');
    this.name = 'KeeperEndedError';
  }
}

/** A connection to the keeper. */
class KeeperLine {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (failure: Error | undefined) => void>();
  #count = 0;

  constructor(socket: Socket, onEnd: () => void) {
    this.#socket = socket;
    receive(socket, (message) => {
      const { number, failure } = message as KeeperAnswer;
      this.#settle(number, failure === undefined ? undefined : new Error(failure));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      onEnd();
      for (const number of this.#waiting.keys()) this.#settle(number, new KeeperEndedError());
    });
    socket.unref();
  }

  /** @throws Error when the keeper can't, or does not answer */
  ask(request: Omit<KeeperRequest, 'number'>): Promise<void> {
    const number = ++this.#count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seconds = String(ANSWER_MS / 1000);
        this.#settle(number, new Error(`the keeper of logs has not answered within ${seconds} s`));
      }, ANSWER_MS);
      this.#waiting.set(number, (failure) => {
        clearTimeout(timer);
        if (failure === undefined) resolve();
        else reject(failure);
      });
      send(this.#socket, { number, ...request });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(number: number, failure: Error | undefined): void {
    this.#waiting.get(number)?.(failure);
    this.#waiting.delete(number);
  }
}

/**
 * Makes a pipe and opens it for a program that writes. The program can read it as well, so that it neither ends nor gets
 * an error when there is no keeper for a moment.
 */
function makeLogPipe(directory: string, name: string, target: LogTarget): number {
  const paths = pathsOf(directory, name);
  writeFileSync(paths.target, JSON.stringify(target), { mode: 0o600, flag: 'wx' });
  makePipe(paths.newPipe, 0o600);
  const fd = openSync(paths.newPipe, constants.O_RDWR);
  // A keeper that starts takes what it finds: nobody would write to it, were it not open yet.
  renameSync(paths.newPipe, paths.pipe);
  return fd;
}

async function connectTo(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

function isNobody(error: unknown): boolean {
  return NOBODY.includes(errorCode(error) ?? '');
}

function startKeeper(directory: string, onEnd: () => void): void {
  const child = withPlainOomScore(() =>
    spawn(process.execPath, [PROGRAM, directory], {
      stdio: 'ignore',
      env: CLEAN_ENVIRONMENT,
      cwd: directory,
      detached: true,
    }),
  );
  child.on('error', onEnd).on('exit', onEnd);
  child.unref();
}

function after(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
