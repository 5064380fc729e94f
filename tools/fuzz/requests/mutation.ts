import fc from 'fast-check';
import { hostileValue, rawJson } from './hostile-values.js';

/** A list of parameters as it goes into a body. */
export interface Parameters {
  readonly json: string;
  /** What was done to valid parameters. */
  readonly change: string;
}

/** Stands in a value for text that `JSON.stringify` would not write. */
const MARK = '@raw@';

type Holder = Record<string | number, unknown>;
type Place = readonly [holder: Holder, key: string | number];

/** Valid parameters as they are, or with one thing wrong in one place. */
export function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<Parameters> {
  return fc.oneof(
    { weight: 2, arbitrary: valid.map((value) => ({ json: json(value), change: 'valid' })) },
    { weight: 3, arbitrary: replaced(valid, 'hostile', hostileValue()) },
    { weight: 1, arbitrary: withRawJson(valid) },
    { weight: 1, arbitrary: altered(valid, 'missing', removeAt) },
    { weight: 1, arbitrary: altered(valid, 'doubled', doubleAt) },
    { weight: 1, arbitrary: altered(valid, 'wrapped', wrapAt) },
    {
      weight: 1,
      arbitrary: hostileValue().map((value) => ({ json: json(value), change: 'alien' })),
    },
  );
}

function replaced(
  valid: fc.Arbitrary<unknown>,
  change: string,
  values: fc.Arbitrary<unknown>,
): fc.Arbitrary<Parameters> {
  return fc
    .tuple(valid, fc.nat(), values)
    .map(([value, where, other]) => ({ json: json(changedAt(value, where, () => other)), change }));
}

function withRawJson(valid: fc.Arbitrary<unknown>): fc.Arbitrary<Parameters> {
  return fc.tuple(valid, fc.nat(), rawJson()).map(([value, where, raw]) => ({
    json: json(changedAt(value, where, () => MARK)).replace(JSON.stringify(MARK), () => raw),
    change: 'raw',
  }));
}

function altered(
  valid: fc.Arbitrary<unknown>,
  change: string,
  alter: (place: Place) => void,
): fc.Arbitrary<Parameters> {
  return fc.tuple(valid, fc.nat()).map(([value, where]) => {
    const whole = { root: structuredClone(value) };
    const places = placesIn(whole.root);
    const place = places[where % places.length];
    if (place !== undefined) alter(place);
    return { json: json(whole.root), change };
  });
}

/** A copy of `value` in which one thing is what `other` makes of it. */
function changedAt(value: unknown, where: number, other: () => unknown): unknown {
  const root = structuredClone(value);
  const places = placesIn(root);
  const place = places[where % (places.length + 1)];
  if (place === undefined) return other();
  const [holder, key] = place;
  holder[key] = other();
  return root;
}

/** All that is in `value`, at any depth. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((key): Place[] => [[holder, key], ...placesIn(holder[key])]);
}

function removeAt([holder, key]: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  // What is written down afterwards must not have it at all.
  else Reflect.deleteProperty(holder, key);
}

function doubleAt([holder, key]: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 0, holder[Number(key)]);
  else holder[`${String(key)}2`] = holder[key];
}

function wrapAt([holder, key]: Place): void {
  holder[key] = [holder[key]];
}

/** `undefined` has no JSON. */
function json(value: unknown): string {
  return JSON.stringify(value ?? null);
}
