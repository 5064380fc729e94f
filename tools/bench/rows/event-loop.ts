import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../report/statistics.js';
import { inTurn, recordOf } from '../rounds.js';
import type { Bench, Figure, Host, Row } from '../row.js';
import { checked, startLoad } from '../subjects/callers.js';
import { inParallel, withChroots, withInstances } from '../subjects/chroots.js';
import { daemonOf, type Subject, withLimit } from '../subjects/subjects.js';

const UPLOAD_MIB = 64;
const UPLOADED_FILE = '/var/lib/ganeti/queue/job-999999998';
/** Ganeti: constants.RPC_ENCODING_NONE. */
const UNCOMPRESSED = 0;
const DISKS = 20;
/** As large as the disks of the instances are made. */
const WIPED_MIB = 32;
const HYPERVISORS = { chroot: { init_script: '/ganeti-chroot' } };
/** How long it is waited between two looks at how long an answer takes. */
const PROBE_PAUSE_MS = 5;
/** Of the slowest call but one in a hundred. */
const MAX_HELD_UP_MS = 20;

/** What else a daemon may have to do. */
interface Work {
  readonly what: string;
  /** Gets all ready for the time of `use`, which is given the work to be done once. */
  around(host: Host, use: (once: () => Promise<unknown>) => Promise<void>): Promise<void>;
}

export const eventLoop: Row = {
  name: 'event-loop',
  what: 'version by one caller on a kept connection, while the daemon does other work',
  measure: (bench) =>
    withLimit(bench.ours, async (limit) => {
      const [idleWork, ...works] = worksOf(bench);
      const idle = await measured(bench, limit, idleWork);
      const figures = [figureOf(idleWork, idle)];
      for (const work of works)
        figures.push(figureOf(work, await measured(bench, limit, work), idle));
      return figures;
    }),
};

/** How long calls took: of both daemons, and of the bare server that was called at the same time as ours. */
type Times = Record<'stock' | 'ours' | 'limit', { p50: number; p99: number; longest: number }>;

function worksOf({ quick }: Bench): readonly [Work, ...Work[]] {
  const chroots = quick ? 100 : 300;
  return [
    { what: 'idle', around: (_host, use) => use(() => delay(100)) },
    { what: `${UPLOAD_MIB} MiB uploaded again and again`, around: uploading },
    { what: `${DISKS} disks wiped at once, again and again`, around: wiping },
    {
      what: `${chroots} chroots listed again and again`,
      around: (host, use) =>
        withChroots(host, chroots, { known: false }, () =>
          use(() => host.call('all_instances_info', [['chroot'], HYPERVISORS])),
        ),
    },
  ];
}

const uploading: Work['around'] = async (host, use) => {
  const content = 'x'.repeat(UPLOAD_MIB * 1024 * 1024);
  try {
    const args = [UPLOADED_FILE, [UNCOMPRESSED, content]];
    await use(() => host.call('jobqueue_update', args));
  } finally {
    await host.exec('rm', '-f', UPLOADED_FILE);
  }
};

const wiping: Work['around'] = (host, use) =>
  withInstances(host, { count: DISKS }, (instances) =>
    use(() =>
      inParallel(instances, DISKS, async ({ disks_info: [disk] }) => {
        await host.call('blockdev_wipe', [disk, 0, WIPED_MIB]);
      }),
    ),
  );

async function measured(bench: Bench, limit: Subject, work: Work): Promise<Times> {
  bench.say(work.what);
  const latencies: Record<keyof Times, number[]> = { stock: [], ours: [], limit: [] };
  await inTurn(bench.quick ? 1 : 2, ['stock', 'ours'], async (name) => {
    const host = bench[name];
    const subjects = [await daemonOf(host), ...(name === 'ours' ? [limit] : [])];
    await work.around(host, async (once) => {
      for (const probe of await probesDuring(bench, subjects, once))
        latencies[probe.name].push(...probe.latenciesMs);
    });
  });
  return recordOf(['stock', 'ours', 'limit'], (name) => ({
    p50: percentile(latencies[name], 0.5),
    p99: percentile(latencies[name], 0.99),
    longest: percentile(latencies[name], 1),
  }));
}

interface Probe {
  readonly name: keyof Times;
  readonly latenciesMs: readonly number[];
}

/** Calls all of the subjects while the work is done again and again, to its end. */
async function probesDuring(
  bench: Bench,
  subjects: readonly Subject[],
  once: () => Promise<unknown>,
): Promise<Probe[]> {
  const task = { method: 'version', body: '[]', callers: 1, connections: 'kept' } as const;
  const loads = await Promise.all(
    subjects.map((subject) => startLoad({ ...subject, ...task, pauseMs: PROBE_PAUSE_MS })),
  );
  const end = performance.now() + (bench.quick ? 3_000 : 10_000);
  try {
    do await once();
    while (performance.now() < end);
  } finally {
    for (const { stop } of loads) stop();
  }
  const results = await Promise.all(loads.map(({ result }) => result));
  return subjects.map(({ name }, index) => {
    const result = results[index];
    if (result === undefined) throw new Error(`nobody called ${name}`);
    return { name, latenciesMs: checked(result, task.method).latenciesMs };
  });
}

function figureOf({ what }: Work, { stock, ours, limit }: Times, idle?: Times): Figure {
  // The caller waits for each answer, so that a long stall is one slow call among many quick ones: it is named.
  const longest = [
    `stock ${stock.longest.toFixed(1)}`,
    `ours ${ours.longest.toFixed(1)}`,
    `the bare server, called at the same time as ours, ${limit.longest.toFixed(1)} ms`,
  ];
  const holds = idle !== undefined && ours.p99 <= idle.ours.p99 + MAX_HELD_UP_MS;
  return {
    what: `time of a call, ${what}`,
    unit: 'ms',
    stock: stock.p50,
    ours: ours.p50,
    limit: limit.p50,
    p99: { stock: stock.p99, ours: ours.p99, limit: limit.p99 },
    targets: idle === undefined ? [] : [{ text: `p99 <= idle + ${MAX_HELD_UP_MS} ms`, holds }],
    note: `longest: ${longest.join(', ')}`,
  };
}
