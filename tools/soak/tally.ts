import type { RestartSignal } from './daemon.js';
import type { Wire } from './load/wires.js';

/** What is counted; calls by their wire, restarts by their signal. */
export type Counted =
  | 'cycles'
  | 'disks'
  | 'reboots'
  | 'expected failures'
  | 'strangers refused'
  | 'callers gone'
  | 'calls cut short'
  | 'helpers killed'
  | 'calls without a helper'
  | 'silences'
  | 'calls not waited for'
  | Wire
  | RestartSignal;

/** With so many there is no sense in going on. */
const HOPELESS = 25;

/** What has happened so far. */
export class Tally {
  /** What should not have happened. */
  readonly failures: string[] = [];
  readonly #counts = new Map<Counted, number>();

  count(what: Counted): void {
    this.#counts.set(what, this.of(what) + 1);
  }

  of(what: Counted): number {
    return this.#counts.get(what) ?? 0;
  }

  fail(what: string): void {
    this.failures.push(what);
  }

  get isHopeless(): boolean {
    return this.failures.length >= HOPELESS;
  }
}
