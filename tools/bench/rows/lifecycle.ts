import { median, percentile } from '../report/statistics.js';
import { percentOfLimit, ratioToLimit, ratioToStock, timesStock } from '../report/targets.js';
import { inTurn } from '../rounds.js';
import type { Bench, Figure, Host, Row, Target } from '../row.js';
import { bareLife, bareLives, type Life } from '../subjects/bare-life.js';
import type { BenchInstance } from '../subjects/chroots.js';
import { inParallel, start, stop, withInstances } from '../subjects/chroots.js';

const ROUNDS = { full: 30, quick: 10 } as const;
/** Further disks are plugged, not mounted: the bare script has nothing to compare with. */
const DISKS = [1, 3, 16];
const CROWDS = { full: [100, 300], quick: [20] } as const;
const CROWD_ROUNDS = 2;
const CALLERS = 8;
const RATIOS = { start: 0.6, stop: 0.35 } as const;
const LIMIT_RATIO = 2.2;

type Verb = keyof Life;

export const startStop: Row = {
  name: 'start-stop',
  what: 'instance_start and instance_shutdown of one instance on file disks, with a new connection for each call',
  async measure(bench) {
    const figures: Figure[] = [];
    for (const disks of DISKS) {
      bench.say(`${disks} disks`);
      const lives = await livesWith(bench, disks);
      figures.push(lifeFigure('start', disks, lives), lifeFigure('stop', disks, lives));
    }
    return figures;
  },
};

type Lives = Readonly<Record<'stock' | 'ours' | 'limit', readonly Life[]>>;

function livesWith({ quick, stock, ours }: Bench, disks: number): Promise<Lives> {
  return withInstances(stock, { count: 1, disks }, ([theirs]) =>
    withInstances(ours, { count: 1, disks }, async ([own]) => {
      if (theirs === undefined || own === undefined) throw new Error('there is no instance');
      const lifeOf = {
        stock: () => lifeByCalls(stock, [theirs]),
        ours: () => lifeByCalls(ours, [own]),
        limit: () => bareLife(ours, own),
      };
      // What the first of them loads, all later ones find.
      await lifeOf.stock();
      await lifeOf.ours();
      return inTurn(quick ? ROUNDS.quick : ROUNDS.full, ['stock', 'ours', 'limit'], (name) =>
        lifeOf[name](),
      );
    }),
  );
}

export const crowd: Row = {
  name: 'crowd',
  what: `instances started and stopped by ${CALLERS} callers, with a new connection for each call`,
  async measure(bench) {
    const figures: Figure[] = [];
    for (const count of bench.quick ? CROWDS.quick : CROWDS.full)
      figures.push(...(await crowdFigures(bench, count)));
    return figures;
  },
};

async function crowdFigures(bench: Bench, count: number): Promise<Figure[]> {
  const lives = await inTurn(CROWD_ROUNDS, ['stock', 'ours', 'limit'], (name) =>
    crowdLife(bench, name, count),
  );
  const note = `limit: the shell script of start-stop, for ${CALLERS} at once and without a call`;
  const figure = (
    verbs: string,
    perSecond: (life: Life) => number,
    targetsOf: (stock: number, ours: number, limit: number) => Target[] = () => [],
  ): Figure => {
    const of = (name: keyof typeof lives) => median(lives[name].map(perSecond));
    const [stock, ours, limit] = [of('stock'), of('ours'), of('limit')];
    const what = `${count} instances ${verbs}, ${CALLERS} callers`;
    return {
      what,
      unit: 'calls/s',
      stock,
      ours,
      limit,
      targets: targetsOf(stock, ours, limit),
      note,
    };
  };
  const both = (life: Life) => (2 * count) / ((life.start + life.stop) / 1000);
  const only = (verb: Verb) => (life: Life) => count / (life[verb] / 1000);
  return [
    figure('started and stopped', both, (stock, ours, limit) => [
      timesStock(ours, stock, 3),
      percentOfLimit(ours, limit, 50),
    ]),
    figure('started', only('start')),
    figure('stopped', only('stop')),
  ];
}

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

function lifeFigure(verb: Verb, disks: number, lives: Lives): Figure {
  const times = (who: keyof Lives) => lives[who].map((life) => life[verb]);
  const of = (who: keyof Lives) => median(times(who));
  const [stock, ours] = [of('stock'), of('ours')];
  const limit = disks === 1 ? of('limit') : undefined;
  const call = verb === 'start' ? 'instance_start' : 'instance_shutdown';
  return {
    what: disks === 1 ? `${call}, one disk` : `${call}, ${disks} disks`,
    unit: 'ms',
    stock,
    ours,
    limit,
    p99: {
      stock: percentile(times('stock'), 0.99),
      ours: percentile(times('ours'), 0.99),
      limit: limit === undefined ? undefined : percentile(times('limit'), 0.99),
    },
    targets: [
      ratioToStock(ours, stock, RATIOS[verb]),
      ...(limit === undefined ? [] : [ratioToLimit(ours, limit, LIMIT_RATIO)]),
    ],
    note:
      limit === undefined
        ? 'stock gives an instance its first disk only'
        : 'limit: a bare shell script that does only the work: mount with a loop device, the script in the chroot; or the script, umount',
  };
}

/** Of as many instances as that; the limit is taken on the host of ours. */
function crowdLife(bench: Bench, name: 'stock' | 'ours' | 'limit', count: number): Promise<Life> {
  bench.say(`${count} instances, ${name}`);
  const host = name === 'stock' ? bench.stock : bench.ours;
  return withInstances(host, { count }, (instances) =>
    name === 'limit' ? bareLives(host, instances, CALLERS) : lifeByCalls(host, instances),
  );
}
