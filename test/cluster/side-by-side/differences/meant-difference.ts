import { type GanetiVersion, TESTED_IN_FULL } from '../../ganeti-versions.js';

/** Where our reply is meant to be another than that of Ganeti's daemon. */
export interface MeantDifference {
  /** JSON pointer into the reply; all of it when empty. */
  readonly path: '' | '/1' | `/1/${string}`;
  readonly stock: unknown;
  readonly ours: unknown;
  readonly why: string;
}

/** All that differs, by call and by case. */
export type MeantDifferences = Readonly<
  Record<string, Readonly<Record<string, readonly MeantDifference[]>>>
>;

/** Both fail, in other words. */
export function inOtherWords(why: string, stock: string, ours: string): MeantDifference[] {
  return [{ path: '/1', stock, ours, why }];
}

/** Not the same at all. */
export function otherwise(why: string, stock: unknown, ours: unknown): MeantDifference[] {
  return [{ path: '', stock, ours, why }];
}

/** What Ganeti's daemon says in the version that is tested. Newer ones run on a newer Python, with other messages. */
export function byVersion<T>(replies: Readonly<Record<GanetiVersion, T>>): T {
  return replies[TESTED_IN_FULL];
}

/** What differs in one version only; in others Ganeti's daemon says the same as ours. */
export function onlyIn(
  version: GanetiVersion,
  differences: readonly MeantDifference[],
): readonly MeantDifference[] {
  return TESTED_IN_FULL === version ? differences : [];
}

/** Ganeti's daemon stumbles over parameters wherever it happens to use them. */
export const CHECKED = 'Parameters are checked against the schema before anything is done.';
export const MISSING_IS_SAID = 'What is missing is said, where Ganeti stumbles over a key.';
export const NO_NUMBERS = 'Errors of the system have no number, and do not say the path again.';
export const NO_SYMBOLS = 'Errors of the system are said in words, not as the name of a constant.';
export const NO_PYTHON = 'A value is shown as in JSON or in plain words, not as Python shows it.';
export const DISK_NAMES =
  'A disk is called by its name and path, not by the inside of a Python object.';
export const NO_BLANKS = 'What a program said is quoted without blanks and line breaks around it.';
export const IS_A_FAILURE =
  'A wish that cannot be granted is a failure of the call, not a mistake in the program.';
export const NOT_SERVED = 'DRBD, RBD and Gluster are refused by name.';
