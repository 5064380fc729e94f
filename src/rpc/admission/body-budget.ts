import { type Caller, WaitingLine } from './caller-queue.js';
import { OverloadError } from './overload-error.js';

export interface BodyLimits {
  /** What all bodies may take together. */
  readonly maxBodiesBytes: number;
  /** How long one may wait for room. */
  readonly bodyWaitMs: number;
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

/** What the body of one request takes of the budget. */
export interface BodyShare {
  /** @throws OverloadError when there is no room in time */
  take(bytes: number): Promise<void>;
  giveBack(): void;
}

/**
 * Bounds the memory for the bodies of all requests together. Room is taken for a whole body before it is read, so that
 * a body that has begun can finish; the others wait, the most important callers first, and their connections fill up.
 */
export class BodyBudget {
  readonly #bodyWaitMs: number;
  readonly #waiting = new WaitingLine<Waiting>();
  #freeBytes: number;

  constructor({ maxBodiesBytes, bodyWaitMs }: BodyLimits) {
    this.#freeBytes = maxBodiesBytes;
    this.#bodyWaitMs = bodyWaitMs;
  }

  /** An empty share; whatever it takes has to be given back, whatever happens. */
  share(caller: Caller): BodyShare {
    let takenBytes = 0;
    return {
      take: async (bytes) => {
        await this.#take(bytes, caller);
        takenBytes += bytes;
      },
      giveBack: () => {
        this.#freeBytes += takenBytes;
        takenBytes = 0;
        this.#startThoseThatFit();
      },
    };
  }

  #take(bytes: number, caller: Caller): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.remove(waiting);
        reject(new OverloadError('Too many large requests at once; try again later'));
        this.#startThoseThatFit();
      }, this.#bodyWaitMs);
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const waiting: Waiting = { bytes, start };
      this.#waiting.add(caller, waiting);
      this.#startThoseThatFit();
    });
  }

  /** In their order: a small one must not overtake a large one that would otherwise wait in vain. */
  #startThoseThatFit(): void {
    for (
      let next = this.#waiting.first();
      next !== undefined && next.bytes <= this.#freeBytes;
      next = this.#waiting.first()
    ) {
      this.#waiting.takeFirst();
      this.#freeBytes -= next.bytes;
      next.start();
    }
  }
}
