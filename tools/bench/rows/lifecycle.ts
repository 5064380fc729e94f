import { median, percentile } from '../report/statistics.js';
import { partOfStock, timesStock } from '../report/targets.js';
import { inTurn } from '../rounds.js';
import type { Bench, Figure, Host, Row, Target } from '../row.js';
import { bareLife, bareLives, type Life } from '../subjects/bare-life.js';
import type { BenchInstance } from '../subjects/chroots.js';
import { inParallel, start, stop, withInstances } from '../subjects/chroots.js';

const ROUNDS = { full: 30, quick: 10 } as const;
const CROWD = { full: 100, quick: 20 } as const;
const CROWD_ROUNDS = 2;
const CALLERS = 8;
const LIMIT_FACTOR = 2;

type Verb = keyof Life;

export const startStop: Row = {
  name: 'start-stop',
  what: 'instance_start and instance_shutdown of one instance on file disk, with a new connection for each call',
  measure: ({ quick, stock, ours }) =>
    withInstances(stock, 1, ([theirs]) =>
      withInstances(ours, 1, async ([own]) => {
        if (theirs === undefined || own === undefined) throw new Error('there is no instance');
        const lifeOf = {
          stock: () => lifeByCalls(stock, [theirs]),
          ours: () => lifeByCalls(ours, [own]),
          limit: () => bareLife(ours, own),
        };
        // What the first of them loads, all later ones find.
        await lifeOf.stock();
        await lifeOf.ours();
        const lives = await inTurn(
          quick ? ROUNDS.quick : ROUNDS.full,
          ['stock', 'ours', 'limit'],
          (name) => lifeOf[name](),
        );
        return [lifeFigure('start', lives), lifeFigure('stop', lives)];
      }),
    ),
};

export const hundred: Row = {
  name: 'hundred',
  what: `instances started and stopped by ${CALLERS} callers, with a new connection for each call`,
  async measure(bench) {
    const count = bench.quick ? CROWD.quick : CROWD.full;
    const lives = await inTurn(CROWD_ROUNDS, ['stock', 'ours', 'limit'], (name) =>
      crowdLife(bench, name, count),
    );
    const both = (life: Life) => (2 * count) / ((life.start + life.stop) / 1000);
    const only = (verb: Verb) => (life: Life) => count / (life[verb] / 1000);
    const note = `limit: the shell script of start-stop, for ${CALLERS} at once and without a call${bench.quick ? `; --quick: not ${CROWD.full} anywhere` : ''}`;
    const figure = (verbs: string, perSecond: (life: Life) => number, times?: number): Figure => {
      const of = (name: keyof typeof lives) => median(lives[name].map(perSecond));
      const [stock, ours, limit] = [of('stock'), of('ours'), of('limit')];
      const what = `${count} instances ${verbs}, ${CALLERS} callers`;
      const targets = times === undefined ? [] : [timesStock(ours, stock, times)];
      return { what, unit: 'calls/s', stock, ours, limit, targets, note };
    };
    return [
      figure('started and stopped', both, 4),
      figure('started', only('start')),
      figure('stopped', only('stop')),
    ];
  },
};

/** From the first call to the last answer, of all starts and of all stops. */
async function lifeByCalls(host: Host, instances: readonly BenchInstance[]): Promise<Life> {
  const begin = performance.now();
  await inParallel(instances, CALLERS, (instance) => start(host, instance));
  const started = performance.now();
  await checkRunning(host, instances);
  const stopBegin = performance.now();
  await inParallel(instances, CALLERS, (instance) => stop(host, instance));
  const end = performance.now();
  await checkRunning(host, []);
  return { start: started - begin, stop: end - stopBegin };
}

/** @throws Error unless these instances run, and no other: a start or a stop that does nothing may be quick */
async function checkRunning(host: Host, instances: readonly BenchInstance[]): Promise<void> {
  const params = [['chroot'], { chroot: { init_script: '/ganeti-chroot' } }];
  const running = (await host.call('instance_list', params)) as string[];
  const expected = instances.map(({ name }) => name).toSorted();
  if (running.toSorted().join() !== expected.join())
    throw new Error(`${running.length} instances run on ${host.name}, not ${expected.length}`);
}

function lifeFigure(
  verb: Verb,
  lives: Readonly<Record<'stock' | 'ours' | 'limit', readonly Life[]>>,
): Figure {
  const times = (who: keyof typeof lives) => lives[who].map((life) => life[verb]);
  const [stock, ours, limit] = [
    median(times('stock')),
    median(times('ours')),
    median(times('limit')),
  ];
  return {
    what: verb === 'start' ? 'instance_start' : 'instance_shutdown',
    unit: 'ms',
    stock,
    ours,
    limit,
    p99: {
      stock: percentile(times('stock'), 0.99),
      ours: percentile(times('ours'), 0.99),
      limit: percentile(times('limit'), 0.99),
    },
    targets: [partOfStock(ours, stock, 2), timesLimit(ours, limit)],
    note: 'limit: a bare shell script that does only the work: mount with a loop device, the script in the chroot; or the script, umount',
  };
}

/** Ours must take at most so many times what the limit takes. */
export function timesLimit(ours: number, limit: number): Target {
  return { text: `<= ${LIMIT_FACTOR}x of the limit`, holds: ours <= LIMIT_FACTOR * limit };
}

/** Of as many instances as that; the limit is taken on the host of ours. */
function crowdLife(bench: Bench, name: 'stock' | 'ours' | 'limit', count: number): Promise<Life> {
  bench.say(`${count} instances, ${name}`);
  const host = name === 'stock' ? bench.stock : bench.ours;
  return withInstances(host, count, (instances) =>
    name === 'limit' ? bareLives(host, instances, CALLERS) : lifeByCalls(host, instances),
  );
}
