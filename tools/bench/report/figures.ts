import type { Outcome } from '../rounds.js';
import type { Figure, Target } from '../row.js';

/** What was done to all; the limit only where it can do the same. */
export interface Outcomes {
  readonly stock: Outcome;
  readonly ours: Outcome;
  readonly limit?: Outcome | undefined;
}

/** @param task for instance `new connections, 8 callers` */
export function throughputFigure(
  task: string,
  outcomes: Outcomes,
  targets: readonly Target[],
): Figure {
  const { stock, ours, limit } = outcomes;
  const busy = [
    ['stock', stock] as const,
    ['ours', ours] as const,
    ['limit', limit] as const,
  ].flatMap(([name, outcome]) =>
    outcome === undefined ? [] : [`${name} ${(100 * outcome.callersBusy).toFixed(0)} %`],
  );
  return {
    what: `throughput, ${task}`,
    unit: 'calls/s',
    stock: stock.throughput,
    ours: ours.throughput,
    limit: limit?.throughput,
    targets,
    note: `the callers were busy (near 100 % it is they who were measured): ${busy.join(', ')}`,
  };
}

export function latencyFigure(
  task: string,
  outcomes: Outcomes,
  targets: readonly Target[],
): Figure {
  const { stock, ours, limit } = outcomes;
  return {
    what: `time of a call, ${task}`,
    unit: 'ms',
    stock: stock.p50,
    ours: ours.p50,
    limit: limit?.p50,
    p99: { stock: stock.p99, ours: ours.p99, limit: limit?.p99 },
    targets,
  };
}

/** It does not depend on what the callers cost, nor on what else the machine does. */
export function processorFigure(task: string, { stock, ours, limit }: Outcomes): Figure {
  return {
    what: `processor time of the daemon, ${task}`,
    unit: 'ms/call',
    stock: stock.processorMs,
    ours: ours.processorMs,
    limit: limit?.processorMs,
    targets: [],
  };
}
