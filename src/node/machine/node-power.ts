import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';

/** So that the answer reaches the caller first (Ganeti: backend.PowercycleNode). */
const POWERCYCLE_DELAY_MS = 5_000;

/** Turns the node off and on. */
export class NodePower {
  readonly #checkEnabled: () => void;
  readonly #logger: Logger;
  readonly #delayMs: number;

  /** @param checkEnabled throws when power-cycling is switched off */
  constructor({
    checkEnabled,
    logger,
    delayMs = POWERCYCLE_DELAY_MS,
  }: {
    checkEnabled: () => void;
    logger: Logger;
    delayMs?: number;
  }) {
    this.#checkEnabled = checkEnabled;
    this.#logger = logger;
    this.#delayMs = delayMs;
  }

  /** Answers at once; what becomes of it later is only logged. */
  schedulePowercycle(powercycle: () => Promise<void>): string {
    this.#checkEnabled();
    void this.#powercycleLater(powercycle);
    return `Reboot scheduled in ${this.#delayMs / 1000} seconds`;
  }

  async #powercycleLater(powercycle: () => Promise<void>): Promise<void> {
    await delay(this.#delayMs);
    try {
      await powercycle();
    } catch (error) {
      this.#logger.error('power-cycling failed', { reason: errorReason(error) });
    }
  }
}
