import { namesAfter, parseCommandLine, UsageError } from '../kit/command-line.js';

/** The numbers of the two test clusters (TESTCLUSTER_NUMBER); somebody else's benchmark may run beside this one. */
export interface ClusterNumbers {
  readonly ours: number;
  readonly stock: number;
}

export interface Options {
  readonly quick: boolean;
  /** Where the figures go as JSON. */
  readonly jsonFile: string | undefined;
  /** The names of the rows, in their own order. */
  readonly rows: readonly string[];
  /** Beside which versions of Ganeti, one after the other. */
  readonly ganeti: readonly GanetiVersion[];
}

/** Each comes with its Debian: 12 and 13. */
const GANETI_VERSIONS = ['3.0', '3.1'] as const;
export type GanetiVersion = (typeof GANETI_VERSIONS)[number];

export const USAGE =
  'usage: scripts/bench [--quick] [--ganeti 3.0|3.1] [--json FILE] [--only NAME...]';

const DEFAULT_CLUSTERS: ClusterNumbers = { ours: 71, stock: 72 };

/**
 * @param known the names of all rows
 * @throws UsageError
 */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const asked = namesAfter(values.only, positionals, USAGE);
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`there is no row ${unknown.join(', ')}; rows: ${known.join(', ')}`);
  return {
    quick: values.quick,
    jsonFile: values.json,
    rows: known.filter((name) => asked.length === 0 || asked.includes(name)),
    ganeti: values.ganeti === undefined ? GANETI_VERSIONS : [ganetiVersion(values.ganeti)],
  };
}

function ganetiVersion(text: string): GanetiVersion {
  const version = GANETI_VERSIONS.find((known) => known === text);
  if (version === undefined)
    throw new UsageError(`there is no Ganeti ${text} here, only ${GANETI_VERSIONS.join(' and ')}`);
  return version;
}

/**
 * @param text two different numbers from 0 to 255, as in `71 72`
 * @throws UsageError
 */
export function parseClusterNumbers(text: string | undefined): ClusterNumbers {
  if (text === undefined) return DEFAULT_CLUSTERS;
  const match = /^(\d{1,3}) (\d{1,3})$/.exec(text);
  const [ours, stock] = [Number(match?.[1]), Number(match?.[2])];
  if (!(ours <= 255 && stock <= 255) || ours === stock)
    throw new UsageError(`two different numbers from 0 to 255 are needed, not '${text}'`);
  return { ours, stock };
}

function parse(args: readonly string[]) {
  return parseCommandLine(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        ganeti: { type: 'string' },
        json: { type: 'string' },
        only: { type: 'string', multiple: true },
      },
    },
    USAGE,
  );
}
