import { processorSeconds } from '../kit/machine/processes.js';
import { median, percentile, sum } from './report/statistics.js';
import type { Bench } from './row.js';
import { checked, type Load, type LoadResult, runLoad } from './subjects/callers.js';
import type { Subject } from './subjects/subjects.js';

/** What is done to a subject, but for where it is and how long. */
export type Task = Omit<Load, 'address' | 'port' | 'credentials' | 'durationMs'>;

/** One round on one subject. */
interface Round extends LoadResult {
  /** Processor time of the daemon and of its children. */
  readonly daemonSeconds: number;
}

/** What one subject has done in all rounds. */
export interface Outcome {
  /** Calls a second: the median over rounds. */
  readonly throughput: number;
  /** Milliseconds of a call: over the calls of all rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time of the daemon and of its children for a call. */
  readonly processorMs: number;
  readonly calls: number;
  readonly openedConnections: number;
  /** How much of one processor the callers themselves were busy with, from 0 to 1. */
  readonly callersBusy: number;
}

/** How many rounds there are, and how long one is. */
export function effort({ quick }: Pick<Bench, 'quick'>): { rounds: number; durationMs: number } {
  return quick ? { rounds: 3, durationMs: 800 } : { rounds: 5, durationMs: 4000 };
}

/** Does each of the works in turn, A B A B, so that whatever else the machine does strikes all of them alike. */
export async function inTurn<Name extends string, T>(
  rounds: number,
  names: readonly Name[],
  work: (name: Name) => Promise<T>,
): Promise<Record<Name, T[]>> {
  const results = recordOf<Name, T[]>(names, () => []);
  for (let round = 0; round < rounds; round++)
    for (const name of names) results[name].push(await work(name));
  return results;
}

/** Measures the same task on several subjects in turn; every call must be answered well. */
export async function compare<Name extends string>(
  bench: Bench,
  subjects: Readonly<Record<Name, Subject>>,
  task: Task,
): Promise<Record<Name, Outcome>> {
  const { rounds, durationMs } = effort(bench);
  const names = Object.keys(subjects) as Name[];
  const results = await inTurn(rounds, names, (name) =>
    round(subjects[name], { ...task, durationMs }),
  );
  return recordOf(names, (name) => outcomeOf(results[name]));
}

/** A member for each of the names. */
export function recordOf<Name extends string, T>(
  names: readonly Name[],
  valueOf: (name: Name) => T,
): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, T>;
}

/** Puts the rounds of one subject together. */
export function outcomeOf(rounds: readonly Round[]): Outcome {
  const total = (
    field: 'calls' | 'seconds' | 'daemonSeconds' | 'callerSeconds' | 'openedConnections',
  ) => sum(rounds.map((round) => round[field]));
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    throughput: median(rounds.map(({ calls, seconds }) => calls / seconds)),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    processorMs: (1000 * total('daemonSeconds')) / total('calls'),
    calls: total('calls'),
    openedConnections: total('openedConnections'),
    callersBusy: total('callerSeconds') / total('seconds'),
  };
}

async function round(subject: Subject, task: Task & { durationMs: number }): Promise<Round> {
  const before = processorSeconds(subject.pid);
  const result = checked(await runLoad({ ...subject, ...task }), task.method);
  return { ...result, daemonSeconds: processorSeconds(subject.pid) - before };
}
