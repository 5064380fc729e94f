#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from './base/errors.js';
import { packageRoot } from './base/package-root.js';
import { type NodedOptions, parseOptions, USAGE, UsageError } from './config/options.js';

/*
 * What is imported above is all that the process needs which starts the daemon in the background. The rest is loaded
 * when it is known to be needed.
 */

/** Ganeti: constants.EXIT_FAILURE. */
const EXIT_FAILURE = 1;

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.isHelp) process.stdout.write(USAGE);
  else if (options.isVersion) process.stdout.write(await describeVersions(options));
  else if (options.isForeground) await runHere(options);
  else await runInBackground(args);
}

async function runInBackground(args: readonly string[]): Promise<void> {
  const { startInBackground } = await import('./system/command/background.js');
  const report = await startInBackground([...args, '--foreground']);
  if (!report.isReady) throw new UsageError(`The daemon did not start: ${report.error}`);
}

async function runHere(options: NodedOptions): Promise<void> {
  const stopSignal = nextStopSignal();
  process.on('SIGHUP', ignore);
  // Packages then leave out what is only for those who develop with them: a fourth of winston, for one.
  process.env['NODE_ENV'] ??= 'production';
  const { runDaemon } = await import('./daemon.js');
  await runDaemon(options, { version: await readVersion(), stopSignal });
}

/** In the form of ganeti-noded's: the version of Ganeti that would be spoken, and ours. */
async function describeVersions(options: NodedOptions): Promise<string> {
  const { loadConfig } = await import('./config/config.js');
  const { Ganeti } = await import('./ganeti/ganeti.js');
  const say = (message: string, data: object) =>
    process.stderr.write(`chroot-noded: ${message} ${JSON.stringify(data)}\n`);
  const ganeti = new Ganeti({ ...loadConfig(options).ganeti, logger: { info: say, warn: say } });
  return `chroot-noded (ganeti ${ganeti.version().name}) ${await readVersion()}\n`;
}

/** Awaited from the first moment: one that comes while the daemon starts stops it when it has, with nothing left behind. */
function nextStopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
}

/** A signal without a listener would end the process. */
function ignore(): void {
  // What it asks for is done at start-up anyway.
}

async function readVersion(): Promise<string> {
  const text = await readFile(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { reportStart } = await import('./system/command/background.js');
  reportStart({ isReady: false, error: messageOf(error) });
  process.stderr.write(`chroot-noded: ${messageOf(error)}\n`);
  process.exit(EXIT_FAILURE);
}
