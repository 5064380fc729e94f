/**
 * Takes a real instance through its life with a real daemon, step by step on the screen, and checks every step; run it
 * with `scripts/demo`. Where chroots can't run it says why, and shows an instance of the fake hypervisor. Whatever happens,
 * it leaves nothing behind.
 */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findingsFor } from '../../src/doctor/doctor.js';
import { Leftovers } from '../kit/machine/leftovers.js';
import { Caller } from './caller.js';
import { DemoDaemon } from './daemon.js';
import { DemoFailure, Screen } from './screen.js';
import { Story } from './story.js';

/** How much of the daemon's log a failure shows. */
const SHOWN_LOG_LINES = 20;

const stateDir = mkdtempSync(join(tmpdir(), 'chroot-noded-demo-'));
const places = { stateDir, cgroupParent: basename(stateDir) };
const screen = new Screen(places);
const daemon = new DemoDaemon(places);
const leftovers = new Leftovers(stateDir);
const interruption = new AbortController();
const caller = new Caller(daemon, screen, interruption.signal);
const { signal } = interruption;
const findings = await findingsFor({ stateDir, configFile: undefined });
const lacking = findings.filter(({ status }) => status === 'missing');
const story = new Story({ daemon, caller, lacking, leftovers, screen, signal });
process.exitCode = await demonstrate();

/** The exit status. */
async function demonstrate(): Promise<number> {
  const begin = performance.now();
  const telling = story.tell();
  try {
    await Promise.race([telling, interrupted()]);
    const seconds = Math.round((performance.now() - begin) / 1000);
    console.log(`\nAll of it is as it should be. It took ${seconds} s.`);
    if (lacking.length > 0) console.log(notShown());
    return 0;
  } catch (error) {
    screen.failure(messageOf(error));
    if (!interruption.signal.aborted && existsSync(daemon.logFile))
      console.error(lastLines(daemon.logFile));
    // An interrupted story comes to its own end first: it must not start anything while all is taken down.
    await Promise.allSettled([telling]);
    return await cleanUp();
  }
}

function notShown(): string {
  const reasons = lacking.map(({ check, found }) => `  ${check}: ${found}`).join('\n');
  return `
Not shown, because chroots can't run here: an operating system on the disk, the mounted disk, processes in the chroot, its
console and its soft reboot. What is missing:
${reasons}`;
}

async function cleanUp(): Promise<number> {
  console.error('Cleaning up ...');
  try {
    await daemon.stop();
    if (existsSync(stateDir)) await leftovers.removeAll();
    console.error('Everything is removed.');
  } catch (error) {
    console.error(`That did not work: ${messageOf(error)}`);
  }
  return 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Never ends, but fails when somebody wants the demo to: by a signal, or by closing what it writes to. */
function interrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const interrupt = (reason: string) => {
      interruption.abort();
      reject(new DemoFailure(`interrupted by ${reason}`));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', ({ message }: Error) => {
        interrupt(message);
      });
  });
}

function lastLines(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return ['The end of the log of the daemon:', ...lines.slice(-SHOWN_LOG_LINES)].join('\n');
}
