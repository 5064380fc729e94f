import { latencyFigure, processorFigure, throughputFigure } from '../report/figures.js';
import { partOfStock, percentOfLimit, timesStock } from '../report/targets.js';
import { compare, type Outcome } from '../rounds.js';
import type { Bench, Figure, Row } from '../row.js';
import { type Subject, withSubjects } from '../subjects/subjects.js';

const CALLERS = [1, 8];

export const versionNew: Row = {
  name: 'version-new',
  what: 'version, which asks for nothing but a number; a new TLS connection for each call',
  measure: (bench) =>
    withCallers(bench, 'new', (task, outcomes) => {
      const { stock, ours, limit } = outcomes;
      return [
        throughputFigure(task, outcomes, [
          timesStock(ours.throughput, stock.throughput, 8),
          percentOfLimit(ours.throughput, limit.throughput, 85),
        ]),
        latencyFigure(task, outcomes, [partOfStock(ours.p50, stock.p50, 4)]),
        processorFigure(task, outcomes),
      ];
    }),
};

/** A caller whose connection is closed after a reply opens another one: that is the best that stock lets it do. */
export const versionKept: Row = {
  name: 'version-kept',
  what: 'version, connections kept as long as the daemon lets callers keep them',
  measure: (bench) =>
    withCallers(bench, 'kept', (task, outcomes) => {
      const { stock, ours, limit } = outcomes;
      return [
        throughputFigure(task, outcomes, [
          timesStock(ours.throughput, stock.throughput, 100),
          percentOfLimit(ours.throughput, limit.throughput, 40),
        ]),
        latencyFigure(task, outcomes, []),
        processorFigure(task, outcomes),
        connectionsFigure(task, outcomes),
      ];
    }),
};

type AllOutcomes = Record<Subject['name'], Outcome>;

async function withCallers(
  bench: Bench,
  connections: 'new' | 'kept',
  figuresOf: (task: string, outcomes: AllOutcomes) => readonly Figure[],
): Promise<readonly Figure[]> {
  return withSubjects(bench, async (subjects) => {
    const figures: Figure[] = [];
    for (const callers of CALLERS) {
      const name = `${connections} connections, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
      bench.say(name);
      const task = { method: 'version', body: '[]', callers, connections };
      figures.push(...figuresOf(name, await compare(bench, subjects, task)));
    }
    return figures;
  });
}

function connectionsFigure(task: string, { stock, ours, limit }: AllOutcomes): Figure {
  return {
    what: `calls on a connection, ${task}`,
    unit: 'calls',
    stock: stock.calls / stock.openedConnections,
    ours: ours.calls / ours.openedConnections,
    limit: limit.calls / limit.openedConnections,
    targets: [],
    note: '1: the daemon closes the connection after each reply, and every call takes a new one',
  };
}
