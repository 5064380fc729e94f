import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { latencyFigure, processorFigure, throughputFigure } from '../report/figures.js';
import { partOfStock, timesStock } from '../report/targets.js';
import { compare } from '../rounds.js';
import type { Bench, Figure, Row } from '../row.js';
import { daemonOf, type Subject, withSubjects } from '../subjects/subjects.js';

const JOB_FILE = '/var/lib/ganeti/queue/job-999999999';
const CONTENT_KIB = [2, 64];
/** How the master says that a content is compressed and in base64 (Ganeti: constants.RPC_ENCODING_ZLIB_BASE64). */
const ZLIB_BASE64 = 1;

const HYPERVISORS = [['chroot', { init_script: '/ganeti-chroot' }]];
/** What the master asks when it places an instance, or lists nodes. */
const NODE_INFO = [[['file', '/srv/ganeti/file-storage', []]], HYPERVISORS];
const INSTANCE_INFO = ['inst1.noded.test', ...HYPERVISORS.flat()];

/** The master makes such calls one after another. */
const ONE_CALLER = { callers: 1, connections: 'new' } as const;

export const jobQueue: Row = {
  name: 'jobqueue',
  what: 'jobqueue_update, as the master copies a job to its candidates; a new connection each; the limit reads the same and drops it',
  measure: (bench) =>
    withSubjects(bench, async (subjects) => {
      const figures: Figure[] = [];
      try {
        for (const kib of CONTENT_KIB) figures.push(...(await updates(bench, subjects, kib)));
      } finally {
        for (const host of [bench.stock, bench.ours]) await host.exec('rm', '-f', JOB_FILE);
      }
      return figures;
    }),
};

export const info: Row = {
  name: 'info',
  what: 'node_info and instance_info of an instance that does not run; a new connection each',
  async measure(bench) {
    const figures: Figure[] = [];
    for (const [method, args] of [
      ['node_info', NODE_INFO],
      ['instance_info', INSTANCE_INFO],
    ] as const) {
      bench.say(method);
      const subjects = { stock: await daemonOf(bench.stock), ours: await daemonOf(bench.ours) };
      const body = JSON.stringify(args);
      const outcomes = await compare(bench, subjects, { ...ONE_CALLER, method, body });
      figures.push(
        latencyFigure(method, outcomes, [partOfStock(outcomes.ours.p50, outcomes.stock.p50, 4)]),
        processorFigure(method, outcomes),
      );
    }
    return figures;
  },
};

async function updates(
  bench: Bench,
  subjects: Record<Subject['name'], Subject>,
  kib: number,
): Promise<Figure[]> {
  const name = `${kib} KiB`;
  bench.say(name);
  // Hexadecimal digits shrink to a half, about as a job does.
  const content = deflateSync(randomBytes(kib * 512).toString('hex')).toString('base64');
  const body = JSON.stringify([JOB_FILE, [ZLIB_BASE64, content]]);
  const task = { ...ONE_CALLER, method: 'jobqueue_update', body };
  const outcomes = await compare(bench, subjects, task);
  const { stock, ours } = outcomes;
  return [
    throughputFigure(name, outcomes, [timesStock(ours.throughput, stock.throughput, 6)]),
    latencyFigure(name, outcomes, []),
    processorFigure(name, outcomes),
  ];
}
