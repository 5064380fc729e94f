/**
 * Keeps a real daemon busy with a mixed load for as long as asked, and compares what it and the machine hold before and
 * after; run it with `scripts/soak`. Whatever happens, it leaves nothing behind.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../kit/command-line.js';
import { Leftovers } from '../kit/machine/leftovers.js';
import { rssMiB } from '../kit/machine/processes.js';
import { SoakDaemon } from './daemon.js';
import { type Options, parseOptions } from './options.js';
import { isGood, reportOf, summaryLines } from './report.js';
import { Soak } from './soak.js';
import { Tally } from './tally.js';

const PROGRESS_MS = 10_000;
const LARGEST_SEED = 1_000_000;

// What is given up does not come to an end by itself: its callers wait for a daemon that is gone.
process.exit(await main(process.argv.slice(2)));

/** The exit status. */
async function main(args: readonly string[]): Promise<number> {
  try {
    return await soak(parseOptions(args, Math.floor(Math.random() * LARGEST_SEED)));
  } catch (error) {
    console.error(`soak: ${messageOf(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function soak(options: Options): Promise<number> {
  const stateDir = realpathSync(mkdtempSync(join(tmpdir(), 'chroot-noded-soak-')));
  const tally = new Tally();
  const daemon = new SoakDaemon(stateDir, (line) => {
    tally.fail(`the daemon said: ${line}`);
  });
  const leftovers = new Leftovers(stateDir);
  const interruption = new AbortController();
  const { signal } = interruption;
  const work = new Soak({ daemon, leftovers, tally, options, signal });
  console.log(`The seed is ${options.seed}; all is in ${stateDir}.`);
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  let told = 0;
  const progress = setInterval(() => {
    for (const failure of tally.failures.slice(told)) console.log(`not expected: ${failure}`);
    told = tally.failures.length;
    console.log(progressLine(work.phase, tally, { seconds: seconds(), rss: rssMiB(daemon.pid) }));
  }, PROGRESS_MS);
  try {
    const result = await Promise.race([work.run(), interruptedTwice(interruption)]);
    const circumstances = { options, seconds: seconds(), wasInterrupted: signal.aborted };
    const report = reportOf(result, tally, circumstances);
    console.log(['', ...summaryLines(report)].join('\n'));
    if (options.jsonFile !== undefined)
      await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
    return isGood(report) ? 0 : 1;
  } finally {
    clearInterval(progress);
    await daemon.stop();
    await leftovers.removeAll();
    // Callers that were given up may have made files since; the process ends before they get another turn.
    rmSync(stateDir, { recursive: true, force: true });
  }
}

function progressLine(
  phase: string,
  tally: Tally,
  { seconds, rss }: { seconds: number; rss: number },
): string {
  const calls = tally.of('ganeti') + tally.of('json-rpc') + tally.of('unix');
  const restarts = tally.of('SIGTERM') + tally.of('SIGKILL') + tally.of('SIGHUP');
  const cycles = tally.of('cycles');
  return [
    `${Math.round(seconds)} s, ${phase}: ${cycles} cycles (${(cycles / seconds).toFixed(1)}/s)`,
    `${calls} calls, ${restarts} restarts, daemon ${Math.round(rss)} MiB`,
    `${tally.failures.length} unexpected failures`,
  ].join(', ');
}

/**
 * Never ends, but fails when the soak must be given up. The first signal only asks it to come to its end; the second one,
 * or that nobody reads what it writes, does not wait for that.
 */
function interruptedTwice(interruption: AbortController): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (reason: string) => {
      interruption.abort();
      reject(new Error(`given up: ${reason}`));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => {
        if (interruption.signal.aborted) {
          giveUp(`a second ${signal}`);
          return;
        }
        interruption.abort();
        console.log(`${signal}: coming to the end; once more to give up at once.`);
      });
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', ({ message }: Error) => {
        giveUp(message);
      });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
