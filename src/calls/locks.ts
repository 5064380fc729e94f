import { RpcFailure } from '../base/errors.js';

interface Waiter {
  readonly start: () => void;
  readonly what: string;
}

interface Queue {
  /** What holds the lock. */
  holder: string;
  readonly waiting: Waiter[];
}

/** How long a call may wait for another one on the same thing: as long as the master waits for most answers. */
const DEFAULT_TIMEOUT_MS = 900_000;

/** One operation at a time on one thing (an instance, a disk), in the order in which they came. */
export class Locks {
  readonly #queues = new Map<string, Queue>();
  readonly #timeoutMs: number;

  constructor({ timeoutMs = DEFAULT_TIMEOUT_MS }: { timeoutMs?: number } = {}) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Runs `work` while nothing else runs under `key`.
   *
   * @param what named to those who wait in vain
   * @throws RpcFailure `busy` when it would have to wait too long
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

  #acquire(key: string, what: string): Promise<void> {
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, { holder: what, waiting: [] });
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter = {
        what,
        start: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        queue.waiting.splice(queue.waiting.indexOf(waiter), 1);
        reject(tooLong(key, queue.holder, this.#timeoutMs));
      }, this.#timeoutMs);
      queue.waiting.push(waiter);
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

function tooLong(key: string, holder: string, timeoutMs: number): RpcFailure {
  return new RpcFailure(
    `Gave up on ${key} after ${timeoutMs / 1000} s: ${holder} is still running`,
    {
      kind: 'busy',
      data: { lock: key, holder },
    },
  );
}
