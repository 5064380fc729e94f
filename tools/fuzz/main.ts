/**
 * Fuzzes a daemon on a throw-away host for some minutes and says what came of it; run it with `scripts/fuzz`. Whatever
 * happens, it leaves nothing behind.
 *
 * The exit status is 0 when nothing was found, 1 if something was or the host could not be made, 2 for a wrong command
 * line.
 */
import { randomInt } from 'node:crypto';
import { CallSchemas } from '../../src/rpc/schemas/call-schemas.js';
import { UsageError } from '../kit/command-line.js';
import type { CampaignReport } from './campaign.js';
import { describeFinding } from './findings.js';
import { ThrowAwayHost } from './host/throw-away-host.js';
import { parseOptions } from './options.js';
import { RAW_TARGETS } from './requests/raw-bytes.js';

const SEEDS = 2 ** 31;

process.exit(await main(process.argv.slice(2)));

/** The exit status. */
async function main(args: readonly string[]): Promise<number> {
  try {
    return await fuzz(args);
  } catch (error) {
    console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function fuzz(args: readonly string[]): Promise<number> {
  const known = [...CallSchemas.load().names(), ...RAW_TARGETS];
  const options = parseOptions(args, known, randomInt(SEEDS));
  console.log(`seed ${options.seed}`);
  const host = new ThrowAwayHost();
  try {
    const campaign = host.run(options, (line) => {
      console.error(line);
    });
    const report = await Promise.race([campaign, interrupted()]);
    for (const line of summary(report, options.seed)) console.log(line);
    return report.findings.length > 0 ? 1 : 0;
  } finally {
    await host.close();
  }
}

function summary(report: CampaignReport, seed: number): string[] {
  const { requests, outcomes, changes, succeeded, before, after, findings } = report;
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  return [
    '',
    ...counts(`${total} requests by wire`, requests),
    ...counts('by what was changed', changes),
    ...counts('by outcome', outcomes),
    `calls that were carried out at least once: ${succeeded.length}`,
    `descriptors: ${before.descriptors}, at the end ${after.descriptors}`,
    `resident MiB: ${before.residentMiB}, at the end ${after.residentMiB}`,
    '',
    ...findings.map((finding) => `${describeFinding(finding, seed)}\n`),
    `${findings.length} findings`,
  ];
}

function counts(title: string, all: Readonly<Record<string, number>>): string[] {
  return [title, ...Object.entries(all).map(([what, count]) => `  ${what.padEnd(24)} ${count}`)];
}

/** Never ends, but fails when somebody wants the fuzzing to. */
function interrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => {
        reject(new Error(`interrupted by ${signal}`));
      });
  });
}
