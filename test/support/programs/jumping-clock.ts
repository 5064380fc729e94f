/**
 * Loaded before a program (NODE_OPTIONS=--import=…): the wall clock, as that program sees it, jumps by years, forwards
 * and back, many times a second. The monotonic clock goes on as it does.
 */
const PERIOD_MS = 7;
const YEAR_MS = 365 * 24 * 3600 * 1000;
const SHIFTS_MS = [0, 3 * YEAR_MS, -3 * YEAR_MS, 10 * YEAR_MS, -10 * YEAR_MS];

const RealDate = Date;
let jumps = 0;

class JumpingDate extends RealDate {
  constructor(...parts: [] | [value: number | string | Date]) {
    super(parts[0] ?? JumpingDate.now());
  }

  static override now(): number {
    return RealDate.now() + (SHIFTS_MS[jumps % SHIFTS_MS.length] ?? 0);
  }
}

globalThis.Date = JumpingDate as DateConstructor;
setInterval(() => {
  jumps++;
}, PERIOD_MS).unref();
