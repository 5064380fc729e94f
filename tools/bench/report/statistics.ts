/** The middle of some numbers, or the mean of the two in the middle. @throws RangeError when there are none */
export function median(values: readonly number[]): number {
  const sorted = sortedNumbers(values);
  const upper = Math.floor(sorted.length / 2);
  return (at(sorted, upper) + at(sorted, Math.ceil(sorted.length / 2 - 1))) / 2;
}

/**
 * The smallest of the values that at least this share of them does not exceed: never one that was not measured.
 *
 * @param share from 0 to 1
 * @throws RangeError when there are no values
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = sortedNumbers(values);
  return at(sorted, Math.max(0, Math.ceil(sorted.length * share) - 1));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sortedNumbers(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('there is nothing to take a figure of');
  return values.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError(`there is no value ${index}`);
  return value;
}
