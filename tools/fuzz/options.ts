import { namesAfter, parseCommandLine, UsageError } from '../kit/command-line.js';
import type { CampaignOptions } from './campaign.js';

export const USAGE = 'usage: scripts/fuzz [--minutes N] [--seed S] [--calls NAME...] [--path P]';

const DEFAULT_MINUTES = '10';
const MILLISECONDS_PER_MINUTE = 60_000;
const SEED = /^\d{1,10}$/;
const LARGEST_SEED = 2 ** 31;
/** fast-check's: which value, and which shrunk value of it, and so on. */
const PATH = /^\d+(:\d+)*$/;

/**
 * @param known the names of all calls
 * @param random the seed if none is given
 * @throws UsageError
 */
export function parseOptions(
  args: readonly string[],
  known: readonly string[],
  random: number,
): CampaignOptions {
  const { values, positionals } = parse(args);
  const calls = namesAfter(values.calls, positionals, USAGE);
  const unknown = calls.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UsageError(`there is no call ${unknown.join(', ')}`);
  const { path } = values;
  if (path !== undefined && (!PATH.test(path) || calls.length !== 1))
    throw new UsageError('--path takes a path as fuzz has printed it, and one call');
  return {
    seed: seedOf(values.seed, random),
    milliseconds: milliseconds(values.minutes),
    calls,
    path,
  };
}

function seedOf(text: string | undefined, random: number): number {
  if (text === undefined) return random;
  if (!SEED.test(text) || Number(text) >= LARGEST_SEED)
    throw new UsageError(`--seed takes a number below ${LARGEST_SEED}, not '${text}'`);
  return Number(text);
}

function milliseconds(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 10_000))
    throw new UsageError(`--minutes takes a number above 0, not '${text}'`);
  return minutes * MILLISECONDS_PER_MINUTE;
}

function parse(args: readonly string[]) {
  return parseCommandLine(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: DEFAULT_MINUTES },
        seed: { type: 'string' },
        calls: { type: 'string', multiple: true },
        path: { type: 'string' },
      },
    },
    USAGE,
  );
}
