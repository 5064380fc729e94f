import { percentile, sum } from '../report/statistics.js';
import { effort, inTurn } from '../rounds.js';
import type { Bench, Figure, Row } from '../row.js';
import { checked, type LoadResult, runLoad } from '../subjects/callers.js';
import { type Subject, withSubjects } from '../subjects/subjects.js';

/** One caller: its first connection cannot resume anything, all others try to. */
const LOAD = { method: 'version', body: '[]', callers: 1 } as const;

export const resumption: Row = {
  name: 'resumption',
  what: 'version, by a caller that resumes its TLS session with each new connection',
  measure: (bench) =>
    withSubjects(bench, async (subjects) => {
      const { rounds, durationMs } = effort(bench);
      const resumed = await inTurn(rounds, ['stock', 'ours', 'limit'], (name) =>
        runLoad({ ...subjects[name], ...LOAD, connections: 'resumed', durationMs }),
      );
      return [answered(resumed), reused(resumed), await times(bench, subjects.ours, resumed)];
    }),
};

interface Results {
  readonly stock: readonly LoadResult[];
  readonly ours: readonly LoadResult[];
  readonly limit: readonly LoadResult[];
}

function answered({ stock, ours, limit }: Results): Figure {
  const share = (results: readonly LoadResult[]) =>
    percent(total(results, 'calls'), total(results, 'calls') + total(results, 'failures'));
  const failure = stock.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure;
  return {
    what: 'calls answered',
    unit: '%',
    stock: share(stock),
    ours: share(ours),
    limit: share(limit),
    targets: [{ text: '= 100 %', holds: total(ours, 'failures') === 0 }],
    note: failure && `what a caller of stock gets: ${failure.trim()}`,
  };
}

function reused({ stock, ours, limit }: Results): Figure {
  const share = (results: readonly LoadResult[]) => {
    const attempts = total(results, 'calls') + total(results, 'failures') - results.length;
    return percent(total(results, 'resumedConnections'), attempts);
  };
  return {
    what: 'attempts to resume a session that succeeded',
    unit: '%',
    stock: share(stock),
    ours: share(ours),
    limit: share(limit),
    targets: [{ text: '= 100 %', holds: share(ours) === 100 }],
  };
}

/** Stock answers only the calls that resume nothing: there is no time of its to be compared. */
async function times(bench: Bench, ours: Subject, resumed: Results): Promise<Figure> {
  const { rounds, durationMs } = effort(bench);
  const whole = await inTurn(rounds, ['ours'], async () =>
    checked(await runLoad({ ...ours, ...LOAD, connections: 'new', durationMs }), LOAD.method),
  );
  const p50 = (results: readonly LoadResult[]) => percentile(latencies(results), 0.5);
  const p99 = (results: readonly LoadResult[]) => percentile(latencies(results), 0.99);
  return {
    what: 'time of a call, session resumed',
    unit: 'ms',
    ours: p50(resumed.ours),
    limit: p50(resumed.limit),
    p99: { ours: p99(resumed.ours), limit: p99(resumed.limit) },
    targets: [{ text: '< with a whole handshake', holds: p50(resumed.ours) < p50(whole.ours) }],
    note: `with a whole handshake, ours takes ${p50(whole.ours).toFixed(2)} ms`,
  };
}

function latencies(results: readonly LoadResult[]): number[] {
  return results.flatMap(({ latenciesMs }) => latenciesMs);
}

function total(
  results: readonly LoadResult[],
  field: 'calls' | 'failures' | 'resumedConnections',
): number {
  return sum(results.map((result) => result[field]));
}

function percent(part: number, whole: number): number {
  return (100 * part) / whole;
}
