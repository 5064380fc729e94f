import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { NoLoopDeviceError } from '../../../src/system/device/loop-nodes.js';
import type { Job } from '../../../src/system/helper/job-table.js';
import { serveJobs } from '../../../src/system/helper/serve-jobs.js';
import { stepDone } from '../../../src/system/kernel/steps.js';

/** Jobs of a helper for tests of what a helper is. */
const TRIALS = {
  add: ({ a, b }: { a: number; b: number }) => a + b,
  hang: () => {
    stepDone('hanging', 'here');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  read: ({ path }: { path: string }) => readFileSync(path, 'utf8'),
  failOfOwnClass: () => {
    throw new NoLoopDeviceError('none is left');
  },
  end: () => {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  surroundings: () => ({
    pid: process.pid,
    env: { ...process.env },
    descriptors: readdirSync('/proc/self/fd').flatMap(targetOf),
    oomScore: readFileSync('/proc/self/oom_score_adj', 'utf8').trim(),
  }),
} satisfies Record<string, Job>;

export type Trials = typeof TRIALS;

function targetOf(fd: string): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)];
  } catch {
    // The one that the directory was read with.
    return [];
  }
}

// Only its types are wanted where it is imported.
if (process.argv[1]?.endsWith('/trying-helper.js') === true) serveJobs(TRIALS);
