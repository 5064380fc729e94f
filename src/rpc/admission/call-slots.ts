import { type Caller, WaitingLine } from './caller-queue.js';
import { OverloadError } from './overload-error.js';

export interface SlotLimits {
  readonly maxConcurrentCalls: number;
  readonly maxQueuedCalls: number;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: Error) => void;
}

/** Every so many slots that come free, one goes to the caller that has waited longest, so that nobody waits without end. */
const TURN_OF_THE_OLDEST = 4;

/**
 * Lets a number of calls run at a time; the others wait. The most important callers come first, and among them who came
 * first. When too many wait, the least important one that came last is refused, be it the new one.
 *
 * Deviation: Ganeti counts connections instead, and leaves those above `--max-clients` unanswered
 * (Ganeti: http.server.HttpServer).
 */
export class CallSlots {
  readonly #limits: SlotLimits;
  readonly #waiting = new WaitingLine<Waiting>();
  #running = 0;
  #turn = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** @throws OverloadError when too many wait already */
  async run<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.maxConcurrentCalls) await this.#wait(caller);
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** Sends away everybody who waits. */
  refuseWaiting(reason: Error): void {
    for (const { refuse } of this.#waiting.takeAll()) refuse(reason);
  }

  async #wait(caller: Caller): Promise<void> {
    if (this.#waiting.length >= this.#limits.maxQueuedCalls) this.#makeRoom(caller);
    await new Promise<void>((start, refuse) => {
      this.#waiting.add(caller, { start, refuse });
    });
  }

  #makeRoom(caller: Caller): void {
    const overload = new OverloadError('Too many calls are waiting already; try again later');
    const displaced = this.#waiting.takeLastBelow(caller);
    if (displaced === undefined) throw overload;
    displaced.refuse(overload);
  }

  /** The slot goes straight to the next one, so that nobody can come in between. */
  #passOn(): void {
    this.#turn = (this.#turn + 1) % TURN_OF_THE_OLDEST;
    const next = this.#turn === 0 ? this.#waiting.takeOldest() : this.#waiting.takeFirst();
    if (next === undefined) this.#running--;
    else next.start();
  }
}
