import { RpcFailure } from '../base/errors.js';

interface Waiter {
  readonly start: () => void;
  readonly refuse: (reason: Error) => void;
  readonly what: string;
}

interface Queue {
  /** What holds the lock. */
  holder: string;
  readonly waiting: Waiter[];
}

/** How long a call may wait for another one on the same thing: as long as the master waits for most answers. */
const DEFAULT_TIMEOUT_MS = 900_000;
/** How many may wait for one lock: the master has one job at a time on an instance, of which a call or two are repeated. */
const DEFAULT_MAX_WAITING = 64;

interface LockLimits {
  readonly timeoutMs?: number;
  /** For one lock. */
  readonly maxWaiting?: number;
  /** For all locks together. */
  readonly maxWaitingInAll?: number;
}

/** One operation at a time on one thing (an instance, a disk), in the order in which they came. */
export class Locks {
  readonly #queues = new Map<string, Queue>();
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  readonly #maxWaitingInAll: number;
  #waiting = 0;

  constructor({
    timeoutMs = DEFAULT_TIMEOUT_MS,
    maxWaiting = DEFAULT_MAX_WAITING,
    maxWaitingInAll = Infinity,
  }: LockLimits = {}) {
    this.#timeoutMs = timeoutMs;
    this.#maxWaiting = maxWaiting;
    this.#maxWaitingInAll = maxWaitingInAll;
  }

  /**
   * Runs `work` while nothing else runs under `key`.
   *
   * @param what named to those who wait in vain
   * @throws RpcFailure `busy` when it would have to wait too long, or too many wait already
   */
  async run<T>(key: string, what: string, work: () => Promise<T>): Promise<T> {
    await this.#acquire(key, what);
    try {
      return await work();
    } finally {
      this.#release(key);
    }
  }

  /** The same under all of `keys`; calls that want the same ones never wait for one another in a circle. */
  runAll<T>(keys: readonly string[], what: string, work: () => Promise<T>): Promise<T> {
    const inOrder = [...new Set(keys)].toSorted();
    return inOrder.reduceRight((inner, key) => () => this.run(key, what, inner), work)();
  }

  /** Sends away all that wait. */
  refuseWaiting(reason: Error): void {
    for (const { waiting } of this.#queues.values())
      for (const { refuse } of waiting.splice(0)) refuse(reason);
  }

  #acquire(key: string, what: string): Promise<void> {
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, { holder: what, waiting: [] });
      return Promise.resolve();
    }
    if (queue.waiting.length >= this.#maxWaiting || this.#waiting >= this.#maxWaitingInAll)
      return Promise.reject(tooMany(key, queue));
    return new Promise((resolve, reject) => {
      const after = () => {
        clearTimeout(timer);
        this.#waiting--;
      };
      const start = () => {
        after();
        resolve();
      };
      const refuse = (reason: Error) => {
        after();
        reject(reason);
      };
      const waiter = { what, start, refuse };
      const timer = setTimeout(() => {
        queue.waiting.splice(queue.waiting.indexOf(waiter), 1);
        refuse(tooLong(key, queue.holder, this.#timeoutMs));
      }, this.#timeoutMs);
      queue.waiting.push(waiter);
      this.#waiting++;
    });
  }

  #release(key: string): void {
    const queue = this.#queues.get(key);
    const next = queue?.waiting.shift();
    if (queue === undefined || next === undefined) {
      this.#queues.delete(key);
      return;
    }
    queue.holder = next.what;
    next.start();
  }
}

function tooMany(key: string, { holder, waiting }: Queue): RpcFailure {
  return new RpcFailure(
    `Too many calls are waiting already, ${waiting.length} of them for ${key}: ${holder} is still running`,
    { kind: 'busy', data: { lock: key, holder } },
  );
}

function tooLong(key: string, holder: string, timeoutMs: number): RpcFailure {
  return new RpcFailure(
    `Gave up on ${key} after ${timeoutMs / 1000} s: ${holder} is still running`,
    {
      kind: 'busy',
      data: { lock: key, holder },
    },
  );
}
