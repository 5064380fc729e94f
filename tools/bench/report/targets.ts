import type { Figure, Target } from '../row.js';

/** Ours must be at least so many times stock. */
export function timesStock(ours: number, stock: number, times: number): Target {
  return { text: `>= ${times}x of stock`, holds: ours >= times * stock, isAgainstStock: true };
}

/** Ours must be at most so many times stock; less than 1, as a rule. */
export function ratioToStock(ours: number, stock: number, ratio: number): Target {
  return {
    text: `<= ${ratio}x of stock`,
    holds: ours <= ratio * stock,
    isAgainstStock: true,
  };
}

/** Ours must be at most so many times the limit. */
export function ratioToLimit(ours: number, limit: number, ratio: number): Target {
  return { text: `<= ${ratio}x of the limit`, holds: ours <= ratio * limit };
}

/** Ours must be at most this part of stock. @param divisor 4 for a quarter */
export function partOfStock(ours: number, stock: number, divisor: number): Target {
  return {
    text: `<= 1/${divisor} of stock`,
    holds: ours <= stock / divisor,
    isAgainstStock: true,
  };
}

/** Ours must reach this part of the limit. */
export function percentOfLimit(ours: number, limit: number, percent: number): Target {
  return { text: `>= ${percent} % of the limit`, holds: ours >= (limit * percent) / 100 };
}

/**
 * How many times stock the limit itself manages or takes, if that is what the reader of a missed target must know: what
 * the limit does not reach, nobody can on this machine.
 */
export function limitToStock(
  { holds, isAgainstStock }: Target,
  { stock, limit }: Pick<Figure, 'stock' | 'limit'>,
): number | undefined {
  if (holds || isAgainstStock !== true || limit === undefined || !stock) return undefined;
  return limit / stock;
}
