import { once } from 'node:events';
import { unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { errorCode, errorReason, ignoringNow } from '../../base/errno.js';
import { keepLog } from './keep-log.js';
import { type KeeperRequest, receive, send } from './keeper-messages.js';
import { openLogPipe, pipesIn, removeLogPipe, socketPath } from './log-pipes.js';

/** How long it stays without a pipe. */
const IDLE_MS = 60_000;
/** How long it waits for the daemon that has started it, which may have been killed since. */
const UNREACHED_MS = 5000;

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
  /** Whether the daemon that has started this one has connected, or need not be waited for any longer. */
  #isReached = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns false if there is a keeper already */
  async start(): Promise<boolean> {
    const path = socketPath(this.#directory);
    if (!(await this.#listens(path))) {
      if (await answers(path)) return false;
      // That of one that was killed.
      ignoringNow(['ENOENT'], () => {
        unlinkSync(path);
      });
      if (!(await this.#listens(path))) return false;
    }
    for (const name of pipesIn(this.#directory)) this.#tryToTake(name);
    this.#rest();
    setTimeout(() => {
      this.#isReached = true;
      this.#endIfUnneeded();
    }, UNREACHED_MS);
    return true;
  }

  /** @returns false if the socket is there already */
  async #listens(path: string): Promise<boolean> {
    const listening = once(this.#server, 'listening').then(() => true);
    this.#server.listen(path);
    return listening.catch((error: unknown) => {
      if (errorCode(error) === 'EADDRINUSE') return false;
      throw error;
    });
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

/** Whether anybody listens there. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isThere;
}

/** Serves until there is neither a pipe nor anybody who asks; not at all where another one does. */
export async function serveLogs(directory: string): Promise<void> {
  process.title = `noded-logs ${directory}`;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  if (!(await new Keeper(directory).start())) process.exit();
}
