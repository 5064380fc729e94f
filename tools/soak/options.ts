import { parseCommandLine, UsageError } from '../kit/command-line.js';

export const USAGE =
  'usage: scripts/soak [--minutes N | --cycles N] [--callers N] [--seed N] [--json FILE]';

/** When a soak is over. */
export type Length = { readonly cycles: number } | { readonly minutes: number };

export interface Options {
  readonly length: Length;
  /** How many instances live at the same time, each with a caller of its own. */
  readonly callers: number;
  /** The same seed makes the same mix; which calls meet which is up to the machine. */
  readonly seed: number;
  /** Where the result goes as JSON. */
  readonly jsonFile: string | undefined;
}

const DEFAULT_CYCLES = 500;
const DEFAULT_CALLERS = 12;
const MOST_CALLERS = 200;
const MOST = 1_000_000_000;
const CYCLES = { from: 1, to: MOST };

/**
 * @param freshSeed used when none is given
 * @throws UsageError
 */
export function parseOptions(args: readonly string[], freshSeed: number): Options {
  const { minutes, cycles, callers, seed, json } = parse(args);
  if (minutes !== undefined && cycles !== undefined)
    throw new UsageError(`--minutes or --cycles, but not both\n${USAGE}`);
  return {
    length:
      minutes !== undefined
        ? { minutes: wholeNumber('--minutes', minutes, { from: 1, to: MOST }) }
        : { cycles: wholeNumber('--cycles', cycles ?? String(DEFAULT_CYCLES), CYCLES) },
    callers: wholeNumber('--callers', callers ?? String(DEFAULT_CALLERS), {
      from: 1,
      to: MOST_CALLERS,
    }),
    seed: wholeNumber('--seed', seed ?? String(freshSeed), { from: 0, to: MOST }),
    jsonFile: json,
  };
}

function wholeNumber(option: string, text: string, { from, to }: { from: number; to: number }) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= from && number <= to) return number;
  throw new UsageError(`${option} takes a whole number from ${from} to ${to}, not '${text}'`);
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return parseCommandLine(
    {
      args: [...args],
      options: { minutes: text, cycles: text, callers: text, seed: text, json: text },
    },
    USAGE,
  ).values;
}
