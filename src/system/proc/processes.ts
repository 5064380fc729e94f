import { Worker } from 'node:worker_threads';
import { stepDone } from '../kernel/steps.js';
import type { Whose } from './ownership.js';
import type { Holders } from './process-holders.js';
import type { ProcessUse, Signalled } from './process-scan.js';
import type { ScanReply, ScanRequest } from './process-scan-worker.js';

const WORKER = new URL('./process-scan-worker.js', import.meta.url);

/** Whom to tell when the thread has answered. */
interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

interface Thread {
  readonly worker: Worker;
  /** Ends when the thread has loaded all its code, or will never do so. */
  readonly whenLoaded: Promise<void>;
}

type Question = ScanRequest extends infer R
  ? R extends ScanRequest
    ? Omit<R, 'id'>
    : never
  : never;

/** Who is in the chroots, and signals for them. What needs this takes the interface, so that tests can pass a fake. */
export interface ProcessDoor {
  /** Who has one of `roots` for its root directory, see `scanUsers`. */
  usersOf(roots: readonly string[]): Promise<Map<string, ProcessUse[]>>;
  /** Signals all processes of `whose`, see `signalProcesses`. */
  signal(whose: Whose, signal: NodeJS.Signals): Promise<Signalled>;
  /** Who keeps the mounts at and below `root` busy, see `findHolders`. */
  holdersOf(root: string, devices: readonly string[], rootsDir?: string): Promise<Holders>;
}

/**
 * Passes over /proc in a thread of their own: with thousands of processes they take a while, and reading about a
 * process that hangs on a disk may hang as well. Other calls go on being answered meanwhile.
 */
export class Processes implements ProcessDoor {
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, Pending>();
  #thread: Thread | undefined;
  #lastId = 0;

  constructor({ timeoutMs }: { timeoutMs: number }) {
    this.#timeoutMs = timeoutMs;
  }

  async usersOf(roots: readonly string[]): Promise<Map<string, ProcessUse[]>> {
    if (roots.length === 0) return new Map();
    return (await this.#ask({ kind: 'scan', roots })) as Map<string, ProcessUse[]>;
  }

  async signal(whose: Whose, signal: NodeJS.Signals): Promise<Signalled> {
    const signalled = (await this.#ask({ kind: 'signal', whose, signal })) as Signalled;
    stepDone(`processes got ${signal}`, whose.root ?? whose.group ?? '');
    return signalled;
  }

  async holdersOf(root: string, devices: readonly string[], rootsDir?: string): Promise<Holders> {
    return (await this.#ask({ kind: 'holders', root, devices, rootsDir })) as Holders;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const thread = this.#thread;
    thread?.worker.ref();
    await endThread(thread);
  }

  #ask(question: Question): Promise<unknown> {
    const { worker } = (this.#thread ??= this.#start());
    const id = ++this.#lastId;
    const timer = setTimeout(() => {
      this.#abandon(
        new Error(`Looking for processes took longer than ${this.#timeoutMs / 1000} s`),
      );
    }, this.#timeoutMs);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, timer });
      worker.postMessage({ ...question, id });
    });
  }

  #start(): Thread {
    // It has descriptors that Node.js does not know of: pidfds.
    const worker = new Worker(WORKER, { trackUnmanagedFds: false });
    worker.unref();
    worker.on('message', ({ id, result, error }: ScanReply) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      clearTimeout(pending?.timer);
      if (error === undefined) pending?.resolve(result);
      else pending?.reject(error);
    });
    worker.on('error', (error) => {
      if (this.#thread?.worker === worker) this.#abandon(error);
    });
    return { worker, whenLoaded: loadingOf(worker) };
  }

  /** Gives up on the thread: all who wait get the error, and the next question starts another. */
  #abandon(error: unknown): void {
    const thread = this.#thread;
    this.#thread = undefined;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
    void endThread(thread);
  }
}

function loadingOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      resolve();
    };
    worker.once('message', end).once('exit', end);
  });
}

/** A thread that is ended while it loads a native module takes the whole process with it. */
async function endThread(thread: Thread | undefined): Promise<void> {
  await thread?.whenLoaded;
  await thread?.worker.terminate();
}
