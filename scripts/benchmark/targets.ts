import type { Target } from './row.js';

/** Ours must be at least so many times stock. */
export function timesStock(ours: number, stock: number, times: number): Target {
  return { text: `>= ${times}x of stock`, holds: ours >= times * stock };
}

/** Ours must be at most this part of stock. @param divisor 4 for a quarter */
export function partOfStock(ours: number, stock: number, divisor: number): Target {
  return { text: `<= 1/${divisor} of stock`, holds: ours <= stock / divisor };
}

/** Ours must reach this part of the limit. */
export function percentOfLimit(ours: number, limit: number, percent: number): Target {
  return { text: `>= ${percent} % of the limit`, holds: ours >= (limit * percent) / 100 };
}
