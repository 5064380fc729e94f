import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseOptions } from '../../../src/config/options.js';
import { runDaemon } from '../../../src/daemon.js';
import { onStep } from '../../../src/system/kernel/steps.js';
import { CRASH_FILE, type CrashPoint, STEPS_FILE } from '../node/crash-points.js';

/*
 * The real daemon, which writes each step that it takes into a file of its working directory; and when another file there
 * names one of them, kills itself right after it, so that nothing of it runs any longer.
 */

onStep((step) => {
  appendFileSync(STEPS_FILE, `${JSON.stringify(step)}\n`);
  if (!existsSync(CRASH_FILE)) return;
  const point = JSON.parse(readFileSync(CRASH_FILE, 'utf8')) as CrashPoint;
  const taken = readFileSync(STEPS_FILE, 'utf8').split('\n').filter(Boolean);
  const alike = taken.filter((line) => (JSON.parse(line) as CrashPoint).name === point.name);
  if (step.name === point.name && alike.length === point.count)
    process.kill(process.pid, 'SIGKILL');
});

const stopSignal = new Promise<string>((resolve) => {
  process.on('SIGTERM', resolve);
});
await runDaemon(parseOptions(process.argv.slice(2)), { version: 'that crashes', stopSignal });
