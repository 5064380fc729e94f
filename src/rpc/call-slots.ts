import { NodeError } from '../errors.js';

export interface SlotLimits {
  readonly maxConcurrentCalls: number;
  readonly maxQueuedCalls: number;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: Error) => void;
}

/** Lets a number of calls run at a time; the others wait in order, and a caller too many is refused at once. */
export class CallSlots {
  readonly #limits: SlotLimits;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** @throws NodeError of the kind `busy` when the queue is full */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.maxConcurrentCalls) await this.#wait();
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** Sends away everybody who waits. */
  refuseWaiting(reason: Error): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(reason);
  }

  async #wait(): Promise<void> {
    if (this.#waiting.length >= this.#limits.maxQueuedCalls)
      throw new NodeError('busy', 'Too many calls are waiting already; try again later');
    await new Promise<void>((start, refuse) => {
      this.#waiting.push({ start, refuse });
    });
  }

  /** The slot goes straight to the next one, so that nobody can come in between. */
  #passOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next.start();
  }
}
