import type { Compared } from './comparison.js';
import { isSame } from './comparison.js';
import type { Options } from './options.js';
import type { SoakResult } from './soak.js';
import type { Counted, Tally } from './tally.js';

const SHOWN_FAILURES = 25;
const SHOWN_SURPLUS = 10;

/** What is counted, in the words of the summary. */
const COUNTS: readonly (readonly [what: Counted, words: string])[] = [
  ['cycles', 'cycles (an instance was started, and stopped)'],
  ['reboots', 'reboots besides'],
  ['disks', 'disks made, filled and removed'],
  ['ganeti', "calls on Ganeti's wire, over TLS"],
  ['json-rpc', 'calls by JSON-RPC, over TLS'],
  ['unix', 'calls by JSON-RPC, over the Unix socket'],
  ['expected failures', 'failures that were expected'],
  ['strangers refused', 'strangers refused'],
  ['callers gone', 'callers that hung up in the middle of a call'],
  ['SIGTERM', 'times the daemon was ended (SIGTERM), and started again'],
  ['SIGKILL', 'times the daemon was killed (SIGKILL), and started again'],
  ['SIGHUP', 'times its log was moved away (SIGHUP)'],
  ['calls cut short', 'calls cut short by that, and made again'],
  ['helpers killed', 'helpers of the daemon killed (SIGKILL)'],
  ['calls without a helper', 'calls that failed by that, and were made again'],
  ['silences', 'times the shared disk fell silent'],
  ['calls not waited for', 'calls that asked for it then, and failed at their time limit'],
];

/** What a soak has done and found, whole. */
export interface Report extends SoakResult {
  readonly options: Options;
  readonly seconds: number;
  readonly wasInterrupted: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

export function reportOf(
  { compared, left }: SoakResult,
  tally: Tally,
  circumstances: Pick<Report, 'options' | 'seconds' | 'wasInterrupted'>,
): Report {
  const counts = Object.fromEntries(COUNTS.map(([what]) => [what, tally.of(what)]));
  return { ...circumstances, counts, compared, left, failures: tally.failures };
}

/** Whether all was as it should be, to the end. */
export function isGood({ compared, left, failures, wasInterrupted }: Report): boolean {
  return compared.every(isSame) && left.length === 0 && failures.length === 0 && !wasInterrupted;
}

/** The summary, for people. */
export function summaryLines(report: Report): string[] {
  const { counts, compared, failures, left, seconds, options, wasInterrupted } = report;
  return [
    ...COUNTS.map(([what, words]) => `${String(counts[what] ?? 0).padStart(8)} ${words}`),
    `${String(failures.length).padStart(8)} failures that were not expected`,
    ...failures.slice(0, SHOWN_FAILURES).map((failure) => `           ${failure}`),
    '',
    'compared, while the daemon is idle         before             after',
    ...compared.flatMap(comparedLines),
    '',
    left.length === 0
      ? 'Nothing is left behind by the daemon that has ended.'
      : `Left behind by the daemon that has ended: ${left.join(', ')}.`,
    ...(wasInterrupted ? ['It was interrupted: the rest of it was not done.'] : []),
    `It took ${Math.round(seconds)} s with ${options.callers} callers; the seed was ${options.seed}.`,
    isGood(report) ? 'All of it is as it should be.' : 'NOT all of it is as it should be.',
  ];
}

function comparedLines({ what, before, after, surplus }: Compared): string[] {
  return [
    `${what.padEnd(35)} ${before.padStart(17)} ${after.padStart(17)}`,
    ...surplus.slice(0, SHOWN_SURPLUS).map((thing) => `    surplus: ${thing}`),
  ];
}
