import { familyProcessorSeconds } from '../../kit/machine/processes.js';
import { median, sum } from '../report/statistics.js';
import { ratioToStock } from '../report/targets.js';
import { inTurn } from '../rounds.js';
import type { Figure, Host, Row } from '../row.js';

/** The part of stock's time that ours may take, and of the processor time of its daemons. */
const TARGET_RATIO = 0.8;
const BURNIN_PROCESSOR_RATIO = 0.25;
const EFFORT = {
  full: { jobs: 40, jobRounds: 2, verifyRounds: 5, burninRounds: 1, instances: 3 },
  quick: { jobs: 10, jobRounds: 1, verifyRounds: 2, burninRounds: 1, instances: 1 },
} as const;

/** What `gnt-cluster verify` says of any daemon where the kernel was built without it. */
const KNOWN_COMPLAINT = /\/proc\/sysrq-trigger/;

/** Ganeti's own client of the job queue submits them all at once and waits for them. $1: how many. */
const RUN_JOBS = `
  set -eu
  opcodes=$(mktemp)
  trap 'rm -f "$opcodes"' EXIT
  echo '[{"OP_ID": "OP_TAGS_SET", "kind": "node", "name": "node2.noded.test", "tags": ["bench"]}]' >"$opcodes"
  gnt-debug submit-job --timing-stats --job-repeat "$1" "$opcodes" 2>&1`;

/** Its status says that something was complained about; what that was is looked at. */
const VERIFY = 'gnt-cluster verify 2>&1 || true';

/**
 * Ganeti's acceptance test. Left out on both sides is what stock cannot do: a disk taken from an instance that runs, and
 * a soft reboot.
 */
const BURNIN =
  '/usr/lib/ganeti/tools/burnin -o busybox+default -t file --disk-size=64M,32M --disk-growth=16M,16M ' +
  '--mem-size=16M --vcpu-count=1 --no-ip-check --no-name-check --no-nics --no-add-nics --no-add-disks ' +
  '--reboot-types=hard,full -p --rename=inst9.noded.test "$@" 2>&1';

export const cluster: Row = {
  name: 'cluster',
  what: 'what the master does on a whole cluster of three nodes, from outside',
  async measure(bench) {
    const { jobs, jobRounds, verifyRounds, burninRounds, instances } = bench.quick
      ? EFFORT.quick
      : EFFORT.full;
    const compare = (rounds: number, work: (host: Host) => Promise<number>) =>
      inTurn(rounds, ['stock', 'ours'], (name) => costOf(bench[name], work));
    bench.say(`${jobs} jobs`);
    const ofJobs = await compare(jobRounds, (host) => jobsSeconds(host, jobs));
    bench.say('gnt-cluster verify');
    const ofVerify = await compare(verifyRounds, verifySeconds);
    bench.say('burnin');
    const ofBurnin = await compare(burninRounds, (host) => burninSeconds(host, instances));
    return [
      ...clusterFigures(`${jobs} jobs submitted and waited for`, ofJobs, JOBS_NOTE),
      ...clusterFigures('gnt-cluster verify', ofVerify),
      ...clusterFigures(
        `burnin, instances: ${instances}`,
        ofBurnin,
        BURNIN_NOTE,
        BURNIN_PROCESSOR_RATIO,
      ),
    ];
  },
};

const JOBS_NOTE =
  'each tags node2: a new configuration for all candidates, and the job file to them at each step (jobqueue_update); most of the time is the master starting a process for each job';
const BURNIN_NOTE =
  'file disks; without hot removal of disks and soft reboots, which stock cannot do';

/** Seconds of a work: the whole time, and the processor time of the node daemons of all nodes. */
interface Cost {
  readonly whole: number;
  readonly daemons: number;
}

/** The whole time, and what the node daemons took of it. */
export function clusterFigures(
  what: string,
  costs: { readonly stock: readonly Cost[]; readonly ours: readonly Cost[] },
  note?: string,
  processorRatio?: number,
): Figure[] {
  const both = (seconds: (cost: Cost) => number) => ({
    unit: 's',
    stock: median(costs.stock.map(seconds)),
    ours: median(costs.ours.map(seconds)),
  });
  const whole = both((cost) => cost.whole);
  const daemons = both((cost) => cost.daemons);
  const rest = both((cost) => cost.whole - cost.daemons);
  return [
    { what, ...whole, targets: [ratioToStock(whole.ours, whole.stock, TARGET_RATIO)], note },
    {
      what: `processor time of the node daemons, ${what}`,
      ...daemons,
      targets:
        processorRatio === undefined
          ? []
          : [ratioToStock(daemons.ours, daemons.stock, processorRatio)],
      note: `of all nodes, with all programs that they run; the rest of the whole time, which is the master's and waiting: stock ${rest.stock.toFixed(1)} s, ours ${rest.ours.toFixed(1)} s`,
    },
  ];
}

/** @param work gives the seconds that it took */
async function costOf(host: Host, work: (host: Host) => Promise<number>): Promise<Cost> {
  const pids = await host.daemonPids();
  const used = () => sum(pids.map(familyProcessorSeconds));
  const before = used();
  const whole = await work(host);
  return { whole, daemons: used() - before };
}

async function jobsSeconds(host: Host, jobs: number): Promise<number> {
  return parseJobs(await host.master('bash', '-c', RUN_JOBS, 'jobs', String(jobs)), jobs);
}

/**
 * Seconds from the first submission to the end of the last job, as Ganeti's own client has measured them.
 *
 * @throws Error when a job has failed: the client's exit status does not say it
 */
export function parseJobs(output: string, jobs: number): number {
  const seconds = Number(/^T:total +([\d.]+)$/m.exec(output)?.[1]);
  const submitted = Number(/^C:job +(\d+)$/m.exec(output)?.[1]);
  if (output.includes('has failed') || submitted !== jobs || !(seconds > 0))
    throw new Error(`not all of ${jobs} jobs have succeeded: ${output.slice(-1000)}`);
  return seconds;
}

async function verifySeconds(host: Host): Promise<number> {
  const begin = performance.now();
  const output = await host.master('sh', '-c', VERIFY);
  const seconds = secondsSince(begin);
  checkVerified(output);
  return seconds;
}

/** @throws Error when it did not get to its end, or complains about anything but the kernel */
export function checkVerified(output: string): void {
  const complaints = output.split('\n').filter((line) => /\bERROR\b/.test(line));
  const unknown = complaints.filter((line) => !KNOWN_COMPLAINT.test(line));
  if (unknown.length > 0 || !output.includes('Hooks Results'))
    throw new Error(`gnt-cluster verify has failed: ${unknown.join('; ') || output.slice(-1000)}`);
}

async function burninSeconds(host: Host, instances: number): Promise<number> {
  const names = Array.from({ length: instances }, (_, index) => `inst${index + 1}.noded.test`);
  const begin = performance.now();
  await host.master('bash', '-c', BURNIN, 'burnin', ...names);
  return secondsSince(begin);
}

function secondsSince(begin: number): number {
  return (performance.now() - begin) / 1000;
}
