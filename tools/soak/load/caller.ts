import type { Random } from '../../kit/random.js';
import type { SoakDaemon } from '../daemon.js';
import type { Tally } from '../tally.js';
import { isHelperKilled } from './excuses.js';
import { isFailure, type Message, WIRES, type Wires } from './wires.js';

/** What became of a call. */
export interface Outcome {
  readonly result?: unknown;
  /** The daemon's words. */
  readonly failure?: string;
  /**
   * The daemon, or the helper that worked for it, was ended while the call was under way, and it was made again: it may have
   * been carried out before, or half of it.
   */
  readonly wasCutShort: boolean;
  /** How long it took when it was made last. */
  readonly ms: number;
}

/** What the daemon answers to a call while it ends. */
const SHUTTING_DOWN = /is shutting down$/;
/** How many of the calls go out on connections that others have used; the others make one of their own. */
const KEPT = 0.6;
const LONGEST_WAIT_TO_HANG_UP_MS = 150;

/** Makes calls over all wires in turn as it happens, and makes them again when the daemon or its helper was ended meanwhile. */
export class Caller {
  readonly #daemon: SoakDaemon;
  readonly #wires: Wires;
  readonly #tally: Tally;
  readonly #random: Random;

  constructor(parts: { daemon: SoakDaemon; wires: Wires; tally: Tally; random: Random }) {
    this.#daemon = parts.daemon;
    this.#wires = parts.wires;
    this.#tally = parts.tally;
    this.#random = parts.random;
  }

  /** @throws Error when there is no answer and nobody has ended the daemon */
  async call(method: string, params: readonly unknown[]): Promise<Outcome> {
    const message = this.#message(method, params);
    for (let wasCutShort = false; ; wasCutShort = true) {
      await this.#daemon.ready;
      const { life } = this.#daemon;
      const begin = performance.now();
      try {
        const result = await this.#wires.call(message);
        this.#tally.count(message.wire);
        return { result, wasCutShort, ms: performance.now() - begin };
      } catch (error) {
        if (isFailure(error) && !SHUTTING_DOWN.test(error.message)) {
          this.#tally.count(message.wire);
          if (!isHelperKilled(error.message))
            return { failure: error.message, wasCutShort, ms: performance.now() - begin };
          this.#tally.count('calls without a helper');
          continue;
        }
        if (this.#daemon.life === life)
          throw new Error(`${method} over ${message.wire}: ${String(error)}`, { cause: error });
        this.#tally.count('calls cut short');
      }
    }
  }

  /** Makes a call and hangs up in the middle of it. */
  async hangUp(method: string, params: readonly unknown[]): Promise<void> {
    const afterMs = this.#random.below(LONGEST_WAIT_TO_HANG_UP_MS);
    const message = this.#message(method, params);
    await this.#daemon.ready;
    if (await this.#wires.hangUp(message, afterMs)) this.#tally.count('callers gone');
  }

  /**
   * Calls as somebody who may not.
   *
   * @throws Error when that is answered
   */
  async callAsStranger(): Promise<void> {
    const who = this.#random.chance(0.5) ? 'nobody' : 'foreigner';
    await this.#daemon.ready;
    const { life } = this.#daemon;
    const answer = await this.#wires.callAsStranger(who);
    if (answer !== undefined) throw new Error(`a stranger (${who}) was answered: ${answer}`);
    // Without a daemon, nobody has refused anything.
    if (this.#daemon.life === life) this.#tally.count('strangers refused');
  }

  #message(method: string, params: readonly unknown[]): Message {
    const wire = this.#random.pick(WIRES);
    return { wire, method, params, isOnKeptConnection: this.#random.chance(KEPT) };
  }
}
