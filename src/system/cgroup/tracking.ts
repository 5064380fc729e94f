import { setTimeout as delay } from 'node:timers/promises';
import { ignoring } from '../../base/errno.js';
import {
  groupAndSubgroups,
  groupProcesses,
  startOfGroupFile,
  subgroups,
  writeGroupFile,
} from './group-files.js';
import type { CgroupLayout } from './layout.js';

/** How often the group is killed again: processes that were just being forked may be missed where it isn't atomic. */
const KILL_ROUNDS = 100;
const KILL_DELAY_MS = 20;

const POPULATED = /^populated 1$/m;

/** All that version 1 has ever had: among the options of its mounts are others, too. */
const LEGACY_CONTROLLERS: ReadonlySet<string> = new Set([
  ...['cpuset', 'cpu', 'cpuacct', 'blkio', 'memory', 'devices', 'freezer', 'net_cls'],
  ...['perf_event', 'net_prio', 'hugetlb', 'pids', 'rdma', 'misc', 'debug'],
]);

/** The hierarchy in which we keep track of an instance's processes, and what its version can do. */
export interface TrackingHierarchy {
  /** Mount point. */
  readonly path: string;
  /** How /proc/PID/cgroup names the hierarchy, before the group's path. */
  readonly label: string;
  isPopulated(directory: string): Promise<boolean>;
  /** Kills every process of the group, and those that they are forking. */
  kill(directory: string): Promise<void>;
}

/** Version 2 where it is mounted; else the freezer of version 1, without which killing would be a race. */
export function trackingHierarchy({
  unified,
  legacy,
}: CgroupLayout): TrackingHierarchy | undefined {
  if (unified !== undefined)
    return { path: unified, label: '0::', isPopulated: isPopulatedUnified, kill: killUnified };
  const freezer = legacy.get('freezer');
  if (freezer === undefined) return undefined;
  const label = `:${controllersAt(freezer, legacy).join(',')}:`;
  return { path: freezer, label, isPopulated: hasProcesses, kill: killFrozen };
}

/** Of the hierarchy at `path`, which may have several: in the kernel's order, as mountinfo and /proc/PID/cgroup both are. */
function controllersAt(path: string, legacy: CgroupLayout['legacy']): string[] {
  return [...legacy.keys()].filter(
    (name) =>
      legacy.get(name) === path && (LEGACY_CONTROLLERS.has(name) || name.startsWith('name=')),
  );
}

function isPopulatedUnified(directory: string): Promise<boolean> {
  const events = startOfGroupFile(directory, 'cgroup.events');
  return Promise.resolve(events !== undefined && POPULATED.test(events));
}

/** Version 1 does not say it of a group and those below it, but lists who is in each. */
async function hasProcesses(directory: string): Promise<boolean> {
  const members = startOfGroupFile(directory, 'cgroup.procs');
  if (members === undefined) return false;
  if (members !== '') return true;
  for (const child of await subgroups(directory)) if (await hasProcesses(child)) return true;
  return false;
}

async function killUnified(directory: string): Promise<void> {
  // Linux 5.14 and later do it in one step, but not for a group that its own processes have made a threaded one.
  if ((await ignoring(['ENOENT', 'EACCES', 'ENOTSUP'], killAtOnce(directory))) === true) return;
  await killEach(directory, 'cgroup.freeze', { freeze: '1', thaw: '0' });
}

async function killAtOnce(directory: string): Promise<true> {
  // Only an existing file is written: in a group that is gone it would be an error, as it should be.
  await writeGroupFile(directory, 'cgroup.kill', '1');
  return true;
}

async function killFrozen(directory: string): Promise<void> {
  await killEach(directory, 'freezer.state', { freeze: 'FROZEN', thaw: 'THAWED' });
}

/** Frozen processes neither fork nor end, so that their numbers stay theirs while they are killed. */
async function killEach(
  directory: string,
  file: string,
  { freeze, thaw }: { freeze: string; thaw: string },
): Promise<void> {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    await setFrozen([directory], file, freeze);
    const pids = await groupProcesses(directory);
    for (const pid of pids) killProcess(pid);
    // Also the groups below: who is frozen there, by whomever, would not end.
    await setFrozen(await groupAndSubgroups(directory), file, thaw);
    if (pids.length === 0) return;
    await delay(KILL_DELAY_MS);
  }
}

async function setFrozen(
  directories: readonly string[],
  file: string,
  state: string,
): Promise<void> {
  for (const directory of directories)
    await ignoring(['ENOENT', 'ENODEV'], writeGroupFile(directory, file, state));
}

function killProcess(pid: number): void {
  // 0 stands for a process that our PID namespace does not have; to kill(2) it means our own process group.
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
