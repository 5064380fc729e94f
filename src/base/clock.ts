import { setTimeout as delay } from 'node:timers/promises';

/** Tells the time and lets it pass; handed to what has to do with time, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since some moment, to measure how long something takes: unlike the wall clock it never jumps. */
  monotonicMs(): number;
  /** What the wall clock shows, to be written down or compared with a date. Somebody may set it, forwards and back. */
  wallTime(): Date;
  sleep(ms: number): Promise<void>;
}

/** All that most need of it. */
export type WallClock = Pick<Clock, 'wallTime'>;

/** This machine's. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  wallTime: () => new Date(),
  sleep: (ms) => delay(ms),
};
