import { unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { errorReason, ignoringNow } from '../../base/errno.js';
import { keepLog } from './keep-log.js';
import { type KeeperRequest, receive, send } from './keeper-messages.js';
import { openLogPipe, pipesIn, removeLogPipe, socketPath } from './log-pipes.js';

/** How long it stays without a pipe. */
const IDLE_MS = 60_000;

/** Keeps the logs of all pipes in a directory. It outlives the daemon for as long as anybody can write to one of them. */
class Keeper {
  readonly #directory: string;
  /** By the name of each pipe why what comes out of it is not in its log; undefined if it is. */
  readonly #pipes = new Map<string, string | undefined>();
  readonly #callers = new Set<Socket>();
  readonly #server: Server = createServer((caller) => {
    this.#listenTo(caller);
  });
  #idle: NodeJS.Timeout | undefined;
  /** Whoever has started this one comes as soon as it listens. */
  #isReached = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  start(): void {
    for (const name of pipesIn(this.#directory)) this.#tryToTake(name);
    // That of one that was killed.
    ignoringNow(['ENOENT'], () => {
      unlinkSync(socketPath(this.#directory));
    });
    this.#server.listen(socketPath(this.#directory));
    this.#rest();
  }

  #listenTo(caller: Socket): void {
    this.#isReached = true;
    this.#callers.add(caller);
    receive(caller, (message) => {
      const { number, pipe } = message as KeeperRequest;
      send(caller, { number, failure: pipe === undefined ? undefined : this.#tryToTake(pipe) });
    });
    caller.on('error', () => undefined);
    caller.on('close', () => {
      this.#callers.delete(caller);
      this.#endIfUnneeded();
    });
  }

  #tryToTake(name: string): string | undefined {
    try {
      return this.#take(name);
    } catch (error) {
      // It came to its end before, or is none of a whole machine: nobody makes one again.
      removeLogPipe(this.#directory, name);
      return errorReason(error);
    }
  }

  /** Why its log can't be written, and what comes is dropped; undefined if it can. */
  #take(name: string): string | undefined {
    if (this.#pipes.has(name)) return this.#pipes.get(name);
    const pipe = openLogPipe(this.#directory, name);
    clearTimeout(this.#idle);
    const failure = keepLog(pipe, () => {
      removeLogPipe(this.#directory, name);
      this.#pipes.delete(name);
      this.#endIfUnneeded();
      this.#rest();
    });
    this.#pipes.set(name, failure);
    return failure;
  }

  #rest(): void {
    if (this.#pipes.size > 0) return;
    this.#idle = setTimeout(() => {
      this.#end();
    }, IDLE_MS);
  }

  #endIfUnneeded(): void {
    if (this.#isReached && this.#pipes.size === 0 && this.#callers.size === 0) this.#end();
  }

  #end(): void {
    // Who connects from now on finds nobody, and starts another.
    ignoringNow(['ENOENT'], () => {
      unlinkSync(socketPath(this.#directory));
    });
    process.exit();
  }
}

/** Serves until there is neither a pipe nor anybody who asks. */
export function serveLogs(directory: string): void {
  process.title = `noded-logs ${directory}`;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  new Keeper(directory).start();
}
