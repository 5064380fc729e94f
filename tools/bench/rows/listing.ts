import { payloadOf, WireConnection } from '../../kit/wire-client.js';
import { median, percentile } from '../report/statistics.js';
import { partOfStock } from '../report/targets.js';
import type { Bench, Figure, Host, Row, Target } from '../row.js';
import { type BarePass, barePass } from '../subjects/bare-pass.js';
import { withChroots } from '../subjects/chroots.js';
import { NODED_PORT } from '../subjects/hosts.js';

/** How many chroots, and which part of stock's time ours may take for them. */
const COUNTS = [
  { count: 10, divisor: 3 },
  { count: 50, divisor: 15 },
  { count: 100, divisor: 50 },
  { count: 300, divisor: 150 },
] as const;
/** Stock goes through all processes once for each chroot: with 100 of these one call takes half a minute. */
const STRANGERS = {
  full: { chroots: 100, processes: 2000 },
  quick: { chroots: 20, processes: 2000 },
} as const;
/** The stock daemon gets no more calls at one size than fit into this. */
const STOCK_BUDGET_MS = { full: 30_000, quick: 3_000 } as const;
const REPEATS = { full: 30, quick: 9 } as const;

const ALL_INSTANCES = [['chroot'], { chroot: { init_script: '/ganeti-chroot' } }] as const;
const STRANGERS_PIDS = '/run/bench-strangers.pids';

/** Milliseconds of each call, or of each pass over /proc. */
type Times = readonly number[];

interface Listed {
  readonly stock: Times;
  /** Of chroots that the daemon has started itself. */
  readonly known: Times;
  /** Of chroots that somebody else has started. */
  readonly unknown: Times;
  /** Of the bare passes over /proc while there were those. */
  readonly pass: Times;
}

export const listing: Row = {
  name: 'listing',
  what: 'all_instances_info, by how many chroots there are; ours over a kept connection, stock keeps none',
  async measure(bench) {
    const pass = await barePass(bench.ours);
    const figures: Figure[] = [];
    const smallest = COUNTS[0].count;
    let first: Listed | undefined;
    for (const { count, divisor } of COUNTS) {
      bench.say(`${count} chroots`);
      const listed = await measureListing(bench, count, pass);
      first ??= listed;
      figures.push(knownFigure(listed, count, divisor, { count: smallest, times: first.known }));
      figures.push(unknownFigure(listed, count, pass.note));
    }
    return [...figures, ...(await measureAmongStrangers(bench, pass))];
  },
};

async function measureListing(bench: Bench, count: number, pass: BarePass): Promise<Listed> {
  const { stock, ours } = bench;
  const repeats = bench.quick ? REPEATS.quick : REPEATS.full;
  const budgetMs = bench.quick ? STOCK_BUDGET_MS.quick : STOCK_BUDGET_MS.full;
  const stockTimes = await withChroots(stock, count, { known: false }, () =>
    repeated(repeats, budgetMs, listingCall(stock, count)),
  );
  const [unknown, passes] = await withChroots(ours, count, { known: false }, () =>
    withKeptListing(ours, count, async (list) => {
      const [ownTimes, passTimes]: [number[], number[]] = [[], []];
      for (let round = 0; round < repeats; round++) {
        ownTimes.push(await timed(list));
        passTimes.push(await pass.run());
      }
      return [ownTimes, passTimes];
    }),
  );
  const known = await withChroots(ours, count, { known: true }, () =>
    withKeptListing(ours, count, (list) => repeated(repeats, Infinity, list)),
  );
  return { stock: stockTimes, known, unknown, pass: passes };
}

async function measureAmongStrangers(bench: Bench, pass: BarePass): Promise<Figure[]> {
  const { chroots, processes } = bench.quick ? STRANGERS.quick : STRANGERS.full;
  const among = `among ${processes} other processes`;
  bench.say(`${chroots} chroots ${among}`);
  const listed = await withStrangers(bench.stock, processes, () =>
    withStrangers(bench.ours, processes, () => measureListing(bench, chroots, pass)),
  );
  return [
    { ...knownFigure(listed, chroots), what: `${chroots} chroots ${among}` },
    { ...unknownFigure(listed, chroots, pass.note), what: `${chroots} unknown chroots ${among}` },
  ];
}

function knownFigure(
  { stock, known }: Listed,
  count: number,
  divisor?: number,
  smallest?: { count: number; times: Times },
): Figure {
  const [ours, theirs] = [median(known), median(stock)];
  const targets: Target[] = divisor === undefined ? [] : [partOfStock(ours, theirs, divisor)];
  if (smallest !== undefined && smallest.count < count)
    targets.push(linearGrowth(ours, median(smallest.times), count / smallest.count));
  return {
    what: `${count} chroots listed`,
    unit: 'ms',
    stock: theirs,
    ours,
    p99: { stock: percentile(stock, 0.99), ours: percentile(known, 0.99) },
    targets,
    note: `ours has started them itself; stock's are started by a shell, as it looks for them in any case; calls of stock: ${stock.length}`,
  };
}

function unknownFigure({ unknown, pass, stock }: Listed, count: number, note: string): Figure {
  const [ours, limit] = [median(unknown), median(pass)];
  return {
    what: `${count} unknown chroots listed`,
    unit: 'ms',
    stock: median(stock),
    ours,
    limit,
    p99: {
      stock: percentile(stock, 0.99),
      ours: percentile(unknown, 0.99),
      limit: percentile(pass, 0.99),
    },
    targets: [{ text: '<= 1.5x of the limit', holds: ours <= 1.5 * limit }],
    note: `started by a shell on both sides; ${note}`,
  };
}

/** @param factor how many times as many chroots there are as at first */
export function linearGrowth(ours: number, first: number, factor: number): Target {
  return { text: `<= ${factor}x of the smallest`, holds: ours <= factor * first };
}

/** Milliseconds of each of up to `times` goes; at least one, and none begins after `budgetMs`. */
async function repeated(
  times: number,
  budgetMs: number,
  work: () => Promise<void>,
): Promise<number[]> {
  const end = performance.now() + budgetMs;
  const taken: number[] = [];
  do taken.push(await timed(work));
  while (taken.length < times && performance.now() < end);
  return taken;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** The stock daemon closes each connection after its reply, so that a handshake belongs to every call. */
function listingCall(host: Host, count: number): () => Promise<void> {
  return async () => {
    checkCount(await host.call('all_instances_info', ALL_INSTANCES), count);
  };
}

async function withKeptListing<T>(
  { address, credentials }: Host,
  count: number,
  work: (list: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const connection = await WireConnection.open({ address, port: NODED_PORT, credentials });
  const body = JSON.stringify(ALL_INSTANCES);
  const list = async () => {
    checkCount(payloadOf(await connection.post('/all_instances_info', body)), count);
  };
  try {
    // The first call on a connection, and of a thread that looks at processes, is not what is asked about.
    await list();
    return await work(list);
  } finally {
    connection.close();
  }
}

/** @throws Error unless it names as many instances as there are: a wrong list may be quick */
export function checkCount(listed: unknown, count: number): void {
  const found = Object.keys(listed as object).length;
  if (found !== count) throw new Error(`${found} instances are listed, not ${count}`);
}

/** $1: how many, $2: the file for their PIDs. Each has what any program has: a few open files and mappings. */
const START_STRANGERS = `
  set -eu
  for number in $(seq "$1"); do
    sleep infinity </dev/null >/dev/null 2>&1 &
    echo $!
  done >"$2"`;

async function withStrangers<T>(host: Host, count: number, work: () => Promise<T>): Promise<T> {
  try {
    await host.exec('bash', '-c', START_STRANGERS, 'start', String(count), STRANGERS_PIDS);
    return await work();
  } finally {
    await host.exec('sh', '-c', 'xargs kill -KILL <"$1"; rm "$1"', 'stop', STRANGERS_PIDS);
  }
}
