import { errorCode, ignoring, isDone } from '../../base/errno.js';
import { BYTES_PER_MIB } from '../../base/units.js';
import { groupProcesses, readGroupFile, readGroupNumber, writeGroupFile } from './group-files.js';
import type { CgroupLayout } from './layout.js';

const MICROSECONDS = 1_000_000;
const NANOSECONDS = 1_000_000_000;
/** The period in which CPU time is limited, in microseconds: the kernel's default. */
const CPU_PERIOD_US = 100_000;

/** What an instance uses; undefined where no controller accounts it. */
export interface Usage {
  /** Bytes, page cache included, as the kernel accounts it. */
  readonly memoryBytes: number | undefined;
  readonly processes: number;
  readonly cpuSeconds: number | undefined;
  /** How many processes the kernel has killed because the memory limit left no room. */
  readonly memoryKills: number | undefined;
}

/** What an instance may use at most; undefined is no limit. */
export interface Limits {
  /** Of memory and swap together. */
  readonly memoryBytes?: number | undefined;
  readonly cpus?: number | undefined;
  /** Threads count as well. */
  readonly processes?: number | undefined;
}

/** A group's directory in each hierarchy: by mount point of the hierarchy. */
export type GroupDirectory = (hierarchy: string) => string;

/** Reads and limits what a group uses, through whichever version has the controller. */
export interface Accounting {
  /** Mount points of the hierarchies, besides the tracking one, in which an instance needs a group. */
  readonly hierarchies: readonly string[];
  usage(group: GroupDirectory, tracking: string): Promise<Usage>;
  memoryKills(group: GroupDirectory): Promise<number | undefined>;
  /** @throws Error that names the controller that is missing, or the memory in use that is more than the limit */
  limit(group: GroupDirectory, limits: Limits): Promise<void>;
}

/**
 * Accounting through version 2 if it has the controllers, else through version 1.
 *
 * @param unifiedControllers the controllers that version 2 can hand to our groups
 */
export function accountingOf(
  { unified, legacy }: CgroupLayout,
  unifiedControllers: ReadonlySet<string>,
): Accounting {
  const home = (controller: string) =>
    unified !== undefined && unifiedControllers.has(controller)
      ? { version: 2, path: unified }
      : legacyHome(legacy.get(controller));
  const memory = home('memory');
  const cpu = home('cpu');
  const pids = home('pids');
  const cpuacct = unified === undefined ? legacy.get('cpuacct') : undefined;
  const hierarchies = [memory, cpu, pids].flatMap((at) => (at?.version === 1 ? [at.path] : []));
  return {
    hierarchies: [...new Set([...hierarchies, ...(cpuacct === undefined ? [] : [cpuacct])])],
    usage: async (group, tracking) => ({
      memoryBytes:
        memory === undefined ? undefined : await memoryOf(group(memory.path), memory.version),
      processes: groupProcesses(group(tracking)).length,
      cpuSeconds: await cpuSecondsOf({ unified, cpuacct }, group),
      memoryKills: await memoryKillsOf(memory, group),
    }),
    memoryKills: (group) => memoryKillsOf(memory, group),
    limit: async (group, { memoryBytes, cpus, processes }) => {
      if (memoryBytes !== undefined)
        await limitMemory(present(memory, 'memory'), group, memoryBytes);
      if (cpus !== undefined) await limitCpus(present(cpu, 'cpu'), group, cpus);
      if (processes !== undefined)
        await writeGroupFile(group(present(pids, 'pids').path), 'pids.max', String(processes));
    },
  };
}

interface Home {
  readonly version: number;
  readonly path: string;
}

function legacyHome(path: string | undefined): Home | undefined {
  return path === undefined ? undefined : { version: 1, path };
}

function present(home: Home | undefined, controller: string): Home {
  if (home === undefined)
    throw new Error(`This node has no '${controller}' control group controller`);
  return home;
}

async function memoryOf(directory: string, version: number): Promise<number | undefined> {
  const file = version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
  return readGroupNumber(directory, file);
}

/** Version 2 accounts CPU time also without a controller. */
async function cpuSecondsOf(
  { unified, cpuacct }: { unified: string | undefined; cpuacct: string | undefined },
  group: GroupDirectory,
): Promise<number | undefined> {
  if (unified !== undefined) return unifiedCpuSeconds(group(unified));
  return cpuacct === undefined ? undefined : legacyCpuSeconds(group(cpuacct));
}

async function unifiedCpuSeconds(directory: string): Promise<number | undefined> {
  const stat = await readGroupFile(directory, 'cpu.stat');
  const usage = /^usage_usec (\d+)$/m.exec(stat ?? '')?.[1];
  return usage === undefined ? undefined : Number(usage) / MICROSECONDS;
}

async function legacyCpuSeconds(directory: string): Promise<number | undefined> {
  const usage = await readGroupNumber(directory, 'cpuacct.usage');
  return usage === undefined ? undefined : usage / NANOSECONDS;
}

async function memoryKillsOf(
  home: Home | undefined,
  group: GroupDirectory,
): Promise<number | undefined> {
  if (home === undefined) return undefined;
  const file = home.version === 2 ? 'memory.events' : 'memory.oom_control';
  const text = await readGroupFile(group(home.path), file);
  const kills = /^oom_kill (\d+)$/m.exec(text ?? '')?.[1];
  return kills === undefined ? undefined : Number(kills);
}

async function limitMemory(
  { version, path }: Home,
  group: GroupDirectory,
  bytes: number,
): Promise<void> {
  const directory = group(path);
  await refuseLessThanUsed(directory, version, bytes);
  if (version === 1) {
    await limitLegacyMemory(directory, bytes);
    return;
  }
  // Swap first: what the limit does not leave room for would go there.
  await writeIfThere(directory, 'memory.swap.max', '0');
  await writeGroupFile(directory, 'memory.max', String(bytes));
  // Half an instance is worth less than one that is known to be down.
  await writeIfThere(directory, 'memory.oom.group', '1');
}

/** Version 1 limits memory and swap together, to no less than memory alone. */
async function limitLegacyMemory(directory: string, bytes: number): Promise<void> {
  const before = (await readGroupNumber(directory, 'memory.limit_in_bytes')) ?? 0;
  const limitMemory = () => writeGroupFile(directory, 'memory.limit_in_bytes', String(bytes));
  const limitBoth = () => writeIfThere(directory, 'memory.memsw.limit_in_bytes', String(bytes));
  const steps = bytes > before ? [limitBoth, limitMemory] : [limitMemory, limitBoth];
  try {
    for (const step of steps) await step();
  } catch (error) {
    if (errorCode(error) !== 'EBUSY') throw error;
    throw lessThanUsed(bytes, (await memoryOf(directory, 1)) ?? 0);
  }
}

/** To set such a limit makes the kernel kill, at least with version 2. */
async function refuseLessThanUsed(
  directory: string,
  version: number,
  bytes: number,
): Promise<void> {
  const used = await lastingUse(directory, version);
  if (used > bytes) throw lessThanUsed(bytes, used);
}

function lessThanUsed(bytes: number, used: number): Error {
  const inMiB = (number: number) => String(Math.ceil(number / BYTES_PER_MIB));
  return new Error(`a limit of ${inMiB(bytes)} MiB is below the ${inMiB(used)} MiB in use`);
}

/** Memory and swap in use, without what the kernel gives back when it has to: copies of files. */
async function lastingUse(directory: string, version: number): Promise<number> {
  const stat = (await readGroupFile(directory, 'memory.stat')) ?? '';
  const prefix = version === 2 ? '' : 'total_';
  const figure = (name: string) =>
    Number(new RegExp(`^${prefix}${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  const swap =
    version === 2
      ? ((await readGroupNumber(directory, 'memory.swap.current')) ?? 0)
      : figure('swap');
  const memory = (await memoryOf(directory, version)) ?? 0;
  return memory + swap - figure('active_file') - figure('inactive_file');
}

/** Not every kernel counts swap by group. */
async function writeIfThere(directory: string, file: string, text: string): Promise<void> {
  await ignoring(['ENOENT', 'EOPNOTSUPP'], writeGroupFile(directory, file, text));
}

async function limitCpus(
  { version, path }: Home,
  group: GroupDirectory,
  cpus: number,
): Promise<void> {
  const quota = String(Math.round(cpus * CPU_PERIOD_US));
  if (version === 2) await writeGroupFile(group(path), 'cpu.max', `${quota} ${CPU_PERIOD_US}`);
  else await writeGroupFile(group(path), 'cpu.cfs_quota_us', quota);
}

/** Lets version 2 hand `wanted` controllers to the groups below each of `directories`; returns those that it does. */
export async function enableControllers(
  directories: readonly string[],
  wanted: readonly string[],
): Promise<Set<string>> {
  const enabled = new Set(wanted);
  for (const directory of directories) {
    const available = (await readGroupFile(directory, 'cgroup.controllers'))?.split(/\s+/) ?? [];
    for (const controller of [...enabled]) {
      const isOn =
        available.includes(controller) && (await enableController(directory, controller));
      if (!isOn) enabled.delete(controller);
    }
  }
  return enabled;
}

async function enableController(directory: string, controller: string): Promise<boolean> {
  // EBUSY: the group has processes of its own, so the kernel hands nothing on.
  const write = writeGroupFile(directory, 'cgroup.subtree_control', `+${controller}`);
  return isDone(['EBUSY', 'ENOENT', 'EINVAL'], write);
}
