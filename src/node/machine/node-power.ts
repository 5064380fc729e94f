import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'winston';
import { errorReason } from '../../base/errno.js';

/** So that the answer reaches the caller first (Ganeti: backend.PowercycleNode). */
const POWERCYCLE_DELAY_MS = 5_000;

export interface NodePowerParts {
  readonly checkEnabled: () => void;
  readonly logger: Logger;
  readonly delayMs?: number;
}

/** Turns the node off and on. */
export class NodePower {
  readonly #parts: Required<NodePowerParts>;

  /** @param checkEnabled throws when power-cycling is switched off */
  constructor(parts: NodePowerParts) {
    this.#parts = { delayMs: POWERCYCLE_DELAY_MS, ...parts };
  }

  /** Answers at once; what becomes of it later is only logged. */
  schedulePowercycle(powercycle: () => Promise<void>): string {
    this.#parts.checkEnabled();
    void this.#powercycleLater(powercycle);
    return `Reboot scheduled in ${this.#parts.delayMs / 1000} seconds`;
  }

  async #powercycleLater(powercycle: () => Promise<void>): Promise<void> {
    await delay(this.#parts.delayMs);
    try {
      await powercycle();
    } catch (error) {
      this.#parts.logger.error('power-cycling failed', { reason: errorReason(error) });
    }
  }
}
