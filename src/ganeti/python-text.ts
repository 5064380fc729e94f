/**
 * What Python's `str()` makes of a value that came as JSON: OS scripts expect `True` and `None`.
 *
 * Deviation: lists and objects, which no parameter of a chroot is, are written as JSON.
 */
export function pythonText(value: unknown): string {
  if (value === undefined || value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return value;
  if (typeof value === 'number')
    return Number.isInteger(value) ? BigInt(value).toString() : pythonFloat(value);
  return JSON.stringify(value);
}

/** What Python's `str()` makes of a float, which a whole number may be too: JSON does not tell. */
export function pythonFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16))
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return Number.isInteger(value) ? `${String(value)}.0` : String(value);
}
