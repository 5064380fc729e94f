/**
 * Measures Ganeti's own node daemon and ours side by side and says what came of it; run it with `scripts/bench`. Whatever
 * happens, it leaves nothing behind.
 *
 * The exit status is 0 when all could be measured, whether or not the targets hold: 1 if not, 2 for a wrong command line.
 */
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../kit/command-line.js';
import { circumstances } from './circumstances.js';
import {
  type ClusterNumbers,
  type GanetiVersion,
  type Options,
  parseClusterNumbers,
  parseOptions,
} from './options.js';
import { listingPlot, plotPoints } from './report/plot.js';
import {
  headerLines,
  type Part,
  type Report,
  type RowReport,
  tableLines,
} from './report/report.js';
import type { Bench, Row } from './row.js';
import { ROWS } from './rows/index.js';
import { BenchCluster } from './subjects/hosts.js';
import { patchStock } from './subjects/patched-stock.js';

/** Of Ganeti and Debian, on a node. */
const VERSIONS = `
  . /etc/os-release
  echo "Ganeti $(dpkg-query --show --showformat='\${Version}' ganeti), Debian $VERSION_ID"`;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PLOT_FILE = join(ROOT, 'docs/listing.svg');
/** For those who try something while another benchmark runs. */
const NUMBERS_VARIABLE = 'CHROOT_NODED_BENCH_CLUSTERS';

// An interrupted row may still wait for something; nobody else does.
process.exit(await main(process.argv.slice(2)));

/** The exit status. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(
      args,
      ROWS.map(({ name }) => name),
    );
    const numbers = parseClusterNumbers(process.env[NUMBERS_VARIABLE]);
    return await benchmark(options, numbers, ['scripts/bench', ...args].join(' '));
  } catch (error) {
    console.error(`bench: ${messageOf(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function benchmark(
  options: Options,
  numbers: ClusterNumbers,
  command: string,
): Promise<number> {
  const facts = await circumstances(ROOT, { command, quick: options.quick });
  for (const line of headerLines(facts)) console.log(line);
  const interruption = new AbortController();
  const interrupting = interrupted(interruption);
  const parts: Part[] = [];
  for (const ganeti of options.ganeti) {
    const clusters = {
      stock: new BenchCluster('stock', ganeti, numbers.stock),
      ours: new BenchCluster('ours', ganeti, numbers.ours),
    };
    try {
      const measuring = measureAll(options, ganeti, clusters, interruption.signal);
      parts.push(await Promise.race([measuring, interrupting]));
    } finally {
      progress('taking the clusters down');
      // What still runs for a row of an interrupted benchmark ends with them.
      await Promise.all([clusters.stock.down(), clusters.ours.down()]);
    }
  }
  await publish({ ...facts, parts }, options);
  return parts.some(({ rows }) => rows.some(({ failure }) => failure !== undefined)) ? 1 : 0;
}

async function measureAll(
  options: Options,
  ganeti: GanetiVersion,
  clusters: Record<'stock' | 'ours', BenchCluster>,
  signal: AbortSignal,
): Promise<Part> {
  progress(`making two clusters of Ganeti ${ganeti}`);
  const [stock, ours] = await Promise.all([clusters.stock.up(), clusters.ours.up()]);
  signal.throwIfAborted();
  await patchStock(stock, ganeti);
  const reports: RowReport[] = [];
  for (const row of ROWS.filter(({ name }) => options.rows.includes(name))) {
    signal.throwIfAborted();
    const say = (text: string) => {
      progress(`${row.name}: ${text}`);
    };
    reports.push(await measured(row, { quick: options.quick, stock, ours, say }));
  }
  return { beside: (await stock.exec('bash', '-c', VERSIONS)).trim(), rows: reports };
}

/** A row that cannot be measured does not keep the others from it. */
async function measured(row: Row, bench: Bench): Promise<RowReport> {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  progress(row.name);
  try {
    const figures = await row.measure(bench);
    return { name: row.name, what: row.what, figures, seconds: seconds() };
  } catch (error) {
    const failure = messageOf(error);
    bench.say(`could not be measured: ${failure}`);
    return { name: row.name, what: row.what, figures: [], seconds: seconds(), failure };
  }
}

/** The table on the screen, the figures as JSON if asked for, and the picture if there are points for one. */
async function publish(report: Report, { jsonFile }: Options): Promise<void> {
  for (const part of report.parts) console.log(['', ...tableLines(part)].join('\n'));
  if (jsonFile !== undefined)
    await writeFile(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  const [first] = report.parts;
  const points = plotPoints(first?.rows.flatMap(({ figures }) => figures) ?? []);
  if (points.length < 2) return;
  const { machine, date } = report;
  const caption = `${machine.processor}, ${machine.cores} cores, ${date.slice(0, 10)}`;
  await writeFile(PLOT_FILE, listingPlot(points, caption));
  console.log(`${relative(ROOT, PLOT_FILE)} is drawn again.`);
}

/**
 * Never ends, but fails when the benchmark must: by a signal, because nobody reads what it writes, or by a mistake that
 * would otherwise end the process with the clusters up.
 */
function interrupted(interruption: AbortController): Promise<never> {
  return new Promise((_resolve, reject) => {
    const interrupt = (reason: string) => {
      const error = new Error(`interrupted by ${reason}`);
      interruption.abort(error);
      reject(error);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
    for (const event of ['uncaughtException', 'unhandledRejection'])
      process.on(event, (error: unknown) => {
        interrupt(messageOf(error));
      });
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', ({ message }: Error) => {
        interrupt(message);
      });
  });
}

/** When and what, beside the table: to standard error. */
function progress(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
