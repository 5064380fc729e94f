import { ignoring } from '../../base/errno.js';
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
}

/** What an instance may use at most; undefined is no limit. */
export interface Limits {
  readonly memoryBytes?: number | undefined;
  readonly cpus?: number | undefined;
}

/** A group's directory in each hierarchy: by mount point of the hierarchy. */
export type GroupDirectory = (hierarchy: string) => string;

/** Reads and limits what a group uses, through whichever version has the controller. */
export interface Accounting {
  /** Mount points of the hierarchies, besides the tracking one, in which an instance needs a group. */
  readonly hierarchies: readonly string[];
  usage(group: GroupDirectory, tracking: string): Promise<Usage>;
  /** @throws Error that names the controller that is missing */
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
  const cpuacct = unified === undefined ? legacy.get('cpuacct') : undefined;
  const hierarchies = [memory, cpu].flatMap((at) => (at?.version === 1 ? [at.path] : []));
  return {
    hierarchies: [...new Set([...hierarchies, ...(cpuacct === undefined ? [] : [cpuacct])])],
    usage: async (group, tracking) => ({
      memoryBytes:
        memory === undefined ? undefined : await memoryOf(group(memory.path), memory.version),
      processes: (await groupProcesses(group(tracking))).length,
      cpuSeconds: await cpuSecondsOf({ unified, cpuacct }, group),
    }),
    limit: async (group, { memoryBytes, cpus }) => {
      if (memoryBytes !== undefined)
        await limitMemory(present(memory, 'memory'), group, memoryBytes);
      if (cpus !== undefined) await limitCpus(present(cpu, 'cpu'), group, cpus);
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

async function limitMemory(
  { version, path }: Home,
  group: GroupDirectory,
  bytes: number,
): Promise<void> {
  const file = version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  await writeGroupFile(group(path), file, String(bytes));
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
  return (
    (await ignoring(
      ['EBUSY', 'ENOENT', 'EINVAL'],
      write.then(() => true),
    )) ?? false
  );
}
