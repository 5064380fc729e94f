import { setTimeout as delay } from 'node:timers/promises';
import { familyMemory, familyOf, type Memory } from '../../kit/machine/processes.js';
import { ratioToStock } from '../report/targets.js';
import type { Bench, Figure, Host, Row, Target } from '../row.js';
import { checked, runLoad } from '../subjects/callers.js';
import { inParallel, start, withInstances } from '../subjects/chroots.js';
import { restartDaemon } from '../subjects/daemon.js';
import { daemonOf, type Subject, withLimit } from '../subjects/subjects.js';

const SLOW_CALLS = 20;
const CALLERS = 8;
const SAMPLE_MS = 50;
const MAX_OPEN_OUTPUT_MIB = 100;
const GROWTH_PERCENT = 10;
/** After this part of the calls it is looked as well. */
const FIRST_PART = 1 / 10;
const KINDS = [
  ['rssMiB', 'RSS'],
  ['pssMiB', 'PSS'],
] as const;

/**
 * How much of the work there is; stock would take an hour for the calls of a whole run. Slow calls are so long that all of
 * them are under way at once.
 */
function effort({ quick }: Bench) {
  return quick
    ? { calls: 10_000, stockMs: 3_000, settleMs: 4_000, slowSeconds: 4, instances: 50 }
    : { calls: 100_000, stockMs: 60_000, settleMs: 20_000, slowSeconds: 8, instances: 300 };
}

export const memory: Row = {
  name: 'memory',
  what: 'memory of the daemon and its children: freshly started, after many calls, and during slow ones',
  async measure(bench) {
    for (const host of [bench.stock, bench.ours]) await restartDaemon(host);
    const subjects = { stock: await daemonOf(bench.stock), ours: await daemonOf(bench.ours) };
    return withLimit(bench.ours, async (limit) => {
      const all = { ...subjects, limit };
      // It has been called once as well: the daemons have, to see that they are there.
      await calls(limit, { maxCalls: 1 });
      bench.say('idle');
      const idle = await settled(bench, all);
      const figures = [...idleFigures(idle), ...(await worked(bench, all, idle))];
      return [...figures, ...(await peaks(bench, subjects)), ...(await openOutput(bench))];
    });
  },
};

interface Memories {
  readonly stock: Memory;
  readonly ours: Memory;
  readonly limit: Memory;
}

function idleFigures({ stock, ours, limit }: Memories): Figure[] {
  return KINDS.map(([kind, name]) => ({
    what: `idle, ${name}`,
    unit: 'MiB',
    stock: stock[kind],
    ours: ours[kind],
    limit: limit[kind],
    // What processes share is in the RSS of each of them.
    targets: kind === 'pssMiB' ? [ratioToStock(ours[kind], stock[kind], 1)] : [],
  }));
}

/** In the first half of all calls that memory is taken which is taken once; what grows in the second goes on growing. */
async function worked(
  bench: Bench,
  { stock, ours, limit }: Record<keyof Memories, Subject>,
  idle: Memories,
): Promise<Figure[]> {
  const { calls: all, stockMs } = effort(bench);
  bench.say(`${2 * all} calls of version; on stock as many as it does in ${stockMs / 1000} s`);
  const stockCalls = await calls(stock, { durationMs: stockMs });
  const note = `stock after ${stockCalls} calls${bench.quick ? '; a whole run makes 200000' : ''}`;
  const afterMore = async (maxCalls: number) => {
    await calls(ours, { maxCalls });
    await calls(limit, { maxCalls });
    return settled(bench, { stock, ours, limit });
  };
  const first = await afterMore(all * FIRST_PART);
  const once = await afterMore(all - all * FIRST_PART);
  const twice = await afterMore(all);
  return [
    ...workedFigures(all * FIRST_PART, first, note),
    ...workedFigures(all, once, note, { memories: idle, name: 'idle' }),
    ...workedFigures(2 * all, twice, note, { memories: once, name: `after ${all} calls` }),
  ];
}

/** @param before what there was before, if it is to be held against that */
function workedFigures(
  count: number,
  { stock, ours, limit }: Memories,
  note: string,
  before?: { readonly memories: Memories; readonly name: string },
): Figure[] {
  return KINDS.map(([kind, name], index) => ({
    what: `after ${count} calls, ${name}`,
    unit: 'MiB',
    stock: stock[kind],
    ours: ours[kind],
    limit: limit[kind],
    targets:
      before === undefined ? [] : [flatTarget(ours[kind], before.memories.ours[kind], before.name)],
    note: index === 0 ? note : undefined,
  }));
}

/** Ours must have grown by no more than a few per cent. @param name of what there was before */
export function flatTarget(now: number, before: number, name: string): Target {
  return {
    text: `<= ${name} + ${GROWTH_PERCENT} %`,
    holds: now <= (before * (100 + GROWTH_PERCENT)) / 100,
  };
}

/** @returns how many were made */
async function calls(
  subject: Subject,
  limits: { maxCalls: number } | { durationMs: number },
): Promise<number> {
  const load = { method: 'version', body: '[]', callers: CALLERS, connections: 'kept' } as const;
  return checked(await runLoad({ ...subject, ...load, ...limits }), load.method).calls;
}

/** What they use once they had the time to let go of what they do not need. */
async function settled(
  bench: Bench,
  { stock, ours, limit }: Record<keyof Memories, Subject>,
): Promise<Memories> {
  await delay(effort(bench).settleMs);
  return {
    stock: familyMemory(stock.pid),
    ours: familyMemory(ours.pid),
    limit: familyMemory(limit.pid),
  };
}

/** Helpers that have nothing to do are gone after a minute. */
const HELPERS_END_MS = 65_000;

/** Stock does not come to the end of a start whose script leaves its output open. */
async function openOutput(bench: Bench): Promise<Figure[]> {
  const { instances: count } = effort(bench);
  bench.say(`${count} instances that keep their output open`);
  const used = await withInstances(bench.ours, { count, keepOutputOpen: true }, async (all) => {
    await inParallel(all, CALLERS, (instance) => start(bench.ours, instance));
    await delay(HELPERS_END_MS);
    return familyMemory(await bench.ours.daemonPid());
  });
  return KINDS.map(([kind, name]) => ({
    what: `${count} instances run and keep their output open, ${name}`,
    unit: 'MiB',
    ours: used[kind],
    targets:
      kind === 'pssMiB'
        ? [{ text: `<= ${MAX_OPEN_OUTPUT_MIB} MiB`, holds: used[kind] <= MAX_OPEN_OUTPUT_MIB }]
        : [],
  }));
}

async function peaks(bench: Bench, subjects: { stock: Subject; ours: Subject }): Promise<Figure[]> {
  bench.say(`${SLOW_CALLS} slow calls`);
  const { slowSeconds } = effort(bench);
  const stock = await peak(bench.stock, subjects.stock, slowSeconds);
  const ours = await peak(bench.ours, subjects.ours, slowSeconds);
  return KINDS.map(([kind, name], index) => ({
    what: `peak during ${SLOW_CALLS} slow calls, ${name}`,
    unit: 'MiB',
    stock: stock[kind],
    ours: ours[kind],
    targets: [{ text: '< 1/3 of stock', holds: ours[kind] < stock[kind] / 3 }],
    note: index === 0 ? `processes: stock ${stock.processes}, ours ${ours.processes}` : undefined,
  }));
}

/** The most that they used at any time, and how many processes there were then. */
async function peak(
  host: Host,
  { pid }: Subject,
  seconds: number,
): Promise<Memory & { processes: number }> {
  const slow = Array.from({ length: SLOW_CALLS }, () => host.call('test_delay', [seconds]));
  const sampling = new AbortController();
  const over = Promise.all(slow).finally(() => {
    sampling.abort();
  });
  let [rssMiB, pssMiB, processes] = [0, 0, 0];
  while (!sampling.signal.aborted) {
    const now = familyMemory(pid);
    rssMiB = Math.max(rssMiB, now.rssMiB);
    pssMiB = Math.max(pssMiB, now.pssMiB);
    processes = Math.max(processes, familyOf(pid).length);
    await delay(SAMPLE_MS);
  }
  await over;
  return { rssMiB, pssMiB, processes };
}
