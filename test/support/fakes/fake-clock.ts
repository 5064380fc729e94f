import type { Clock } from '../../../src/base/clock.js';

/** Time that passes only while somebody sleeps. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #alarms: { readonly atMs: number; readonly ring: () => void }[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallTime(): Date {
    return new Date(this.#nowMs);
  }

  /** Has `ring` called when it is `atMs`. */
  at(atMs: number, ring: () => void): void {
    this.#alarms.push({ atMs, ring });
  }

  /** Lets time pass at once. */
  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#alarms.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#alarms = this.#alarms.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { ring } of due) ring();
  }

  sleep(ms: number): Promise<void> {
    this.pass(ms);
    return Promise.resolve();
  }
}
