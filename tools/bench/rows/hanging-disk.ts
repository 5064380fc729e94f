import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median, percentile } from '../report/statistics.js';
import { inTurn } from '../rounds.js';
import type { Figure, Host, Row } from '../row.js';
import { type BenchInstance, start, stop, withInstances } from '../subjects/chroots.js';

const PROGRAM = fileURLToPath(new URL('../../kit/machine/silent-disk-main.js', import.meta.url));
/** Below a directory that disks may lie in. */
const DIRECTORY = '/srv/ganeti/file-storage/silent';
const CALLERS = 8;
/** How long a caller waits whose call failed. */
const PAUSE_MS = 100;
const ROUNDS = { full: 100, quick: 10 } as const;
const MAX_SLOWDOWN = 2;
const HYPERVISORS = { chroot: { init_script: '/ganeti-chroot' } };

/** $1: where it is mounted. */
const PREPARE = 'set -eu; mkdir "$1"; truncate --size=8M "$1.image"';
/** Nobody may so much as look at it from then on. */
const FALL_SILENT =
  'until grep -q " $1 fuse " /proc/self/mounts; do sleep 0.05; done; : >"$1.silent"';
/** Calls that wait for it get an answer first. */
const REMOVE = 'rm "$1.silent"; until umount "$1"; do sleep 0.05; done; rmdir "$1"; rm "$1.image"';

const CALLS = ['version', 'instance_list', 'instance_start', 'instance_shutdown'] as const;
type Times = Record<(typeof CALLS)[number], number[]>;

export const hangingDisk: Row = {
  name: 'hanging-disk',
  what: `calls that have nothing to do with a sharedfile disk that does not answer, while ${CALLERS} callers ask for it`,
  measure: ({ quick, ours }) =>
    withInstances(ours, { count: 1 }, async ([instance]) => {
      if (instance === undefined) throw new Error('there is no instance');
      const rounds = quick ? ROUNDS.quick : ROUNDS.full;
      const measure = (times: number) => measured(ours, instance, times);
      // What the first of them loads, all later ones find.
      await measure(1);
      const times = await inTurn(2, ['without', 'beside'], (name) =>
        name === 'without'
          ? measure(rounds / 2)
          : besideSilentDisk(ours, () => measure(rounds / 2)),
      );
      return CALLS.map((call) => figureOf(call, times.without, times.beside));
    }),
};

async function measured(host: Host, instance: BenchInstance, rounds: number): Promise<Times> {
  const times: Times = {
    version: [],
    instance_list: [],
    instance_start: [],
    instance_shutdown: [],
  };
  const works: Record<keyof Times, () => Promise<unknown>> = {
    version: () => host.call('version', []),
    instance_list: () => host.call('instance_list', [['chroot'], HYPERVISORS]),
    instance_start: () => start(host, instance),
    instance_shutdown: () => stop(host, instance),
  };
  for (let round = 0; round < rounds; round++)
    for (const call of CALLS) {
      const begin = performance.now();
      await works[call]();
      times[call].push(performance.now() - begin);
    }
  return times;
}

/** Does the work while callers ask for a disk again and again whose file system answers nothing. */
async function besideSilentDisk<T>(host: Host, work: () => Promise<T>): Promise<T> {
  await host.exec('sh', '-c', PREPARE, 'prepare', DIRECTORY);
  const serving = host
    .exec(process.execPath, PROGRAM, DIRECTORY, `${DIRECTORY}.image`)
    .catch(() => undefined);
  await host.exec('sh', '-c', FALL_SILENT, 'fall', DIRECTORY);
  let isOver = false;
  const disk = { dev_type: 'sharedfile', logical_id: ['loop', `${DIRECTORY}/disk`], size: 8 };
  const ask = async (caller: number) => {
    // Not all in the same moment: then their handshakes would be what is measured.
    await delay((caller * PAUSE_MS) / CALLERS);
    while (!isOver) {
      await host.call('blockdev_find', [{ ...disk, mode: 'rw' }]).catch(() => undefined);
      await delay(PAUSE_MS);
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, caller) => ask(caller));
  try {
    return await work();
  } finally {
    isOver = true;
    await host.exec('sh', '-c', REMOVE, 'remove', DIRECTORY);
    await Promise.all([serving, ...callers]);
  }
}

function figureOf(call: keyof Times, without: Times[], beside: Times[]): Figure {
  const [alone, together] = [without, beside].map((times) => times.flatMap((each) => each[call]));
  const p99 = { limit: percentile(alone ?? [], 0.99), ours: percentile(together ?? [], 0.99) };
  return {
    what: `${call} beside a disk that hangs`,
    unit: 'ms',
    ours: median(together ?? []),
    limit: median(alone ?? []),
    p99,
    targets: [
      {
        text: `p99 <= ${MAX_SLOWDOWN}x of without it`,
        holds: p99.ours <= MAX_SLOWDOWN * p99.limit,
      },
    ],
    note: 'limit: the same without the disk that hangs; a new connection for each call',
  };
}
