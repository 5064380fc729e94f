import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { onStep } from '../../../src/system/kernel/steps.js';
import { CRASH_FILE, type CrashPoint, STEPS_FILE } from '../node/crash-points.js';

/*
 * Imported into the daemon and, by the same command line, into its helpers. Each writes the steps that it takes into a file of
 * its working directory; and when another file there names one of them, this is the last thing that is done: the daemon is
 * killed, its helper too, so that nothing of them runs any longer. Or the helper alone is killed, or hangs.
 */

const isHelper = process.argv[1]?.endsWith('/helper-main.js') === true;

onStep((step) => {
  // The process that took the step has written it down.
  if (step.isForwarded === true) return;
  appendFileSync(STEPS_FILE, `${JSON.stringify({ ...step, isOfHelper: isHelper })}\n`);
  if (!existsSync(CRASH_FILE)) return;
  const point = JSON.parse(readFileSync(CRASH_FILE, 'utf8')) as CrashPoint;
  const taken = readFileSync(STEPS_FILE, 'utf8').split('\n').filter(Boolean);
  const alike = taken.filter((line) => (JSON.parse(line) as CrashPoint).name === point.name);
  if (step.name === point.name && alike.length === point.count) crash(point);
});

function crash({ end = 'daemon' }: CrashPoint): void {
  if (end === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (end === 'daemon' && isHelper) process.kill(process.ppid, 'SIGKILL');
  process.kill(process.pid, 'SIGKILL');
}
