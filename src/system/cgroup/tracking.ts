import { setTimeout as delay } from 'node:timers/promises';
import { ignoring, isDone } from '../../base/errno.js';
import {
  groupProcesses,
  startOfGroupFile,
  walkGroups,
  writeGroupFile,
  writeGroupFiles,
} from './group-files.js';
import type { CgroupLayout } from './layout.js';

/** How often the group is killed again: processes that were just being forked may be missed where it isn't atomic. */
const KILL_ROUNDS = 100;
const KILL_DELAY_MS = 20;

const POPULATED = /^populated 1$/m;

/** In a group with more groups in it, version 1 is not asked any further: it counts as populated. */
const MAX_GROUPS = 1_000;

/** The hierarchy in which we keep track of an instance's processes, and what its version can do. */
export interface TrackingHierarchy {
  /** Mount point. */
  readonly path: string;
  /** Whether a change of `cgroup.events` can be watched. */
  readonly isWatchable: boolean;
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
    return {
      path: unified,
      isWatchable: true,
      isPopulated: isPopulatedUnified,
      kill: killUnified,
    };
  const freezer = legacy.get('freezer');
  if (freezer === undefined) return undefined;
  return { path: freezer, isWatchable: false, isPopulated: hasProcesses, kill: killFrozen };
}

function isPopulatedUnified(directory: string): Promise<boolean> {
  const events = startOfGroupFile(directory, 'cgroup.events');
  return Promise.resolve(events !== undefined && POPULATED.test(events));
}

/** Version 1 does not say it of a group and those below it, but lists who is in each. */
function hasProcesses(directory: string): Promise<boolean> {
  let count = 0;
  for (const visit of walkGroups(directory)) {
    if (!('path' in visit)) continue;
    const members = startOfGroupFile(visit.path, 'cgroup.procs') ?? '';
    if (members !== '' || ++count > MAX_GROUPS) return Promise.resolve(true);
  }
  return Promise.resolve(false);
}

async function killUnified(directory: string): Promise<void> {
  // Linux 5.14 and later do it in one step, but not for a group that its own processes have made a threaded one.
  // Only an existing file is written: in a group that is gone it would be an error, as it should be.
  const killAtOnce = writeGroupFile(directory, 'cgroup.kill', '1');
  if (await isDone(['ENOENT', 'EACCES', 'ENOTSUP'], killAtOnce)) return;
  await killEach(directory, 'cgroup.freeze', { freeze: '1', thaw: '0' });
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
    await ignoring(['ENOENT', 'ENODEV'], writeGroupFile(directory, file, freeze));
    const pids = groupProcesses(directory);
    for (const pid of pids) killProcess(pid);
    // Also the groups below: who is frozen there, by whomever, would not end.
    await writeGroupFiles(directory, file, thaw);
    if (pids.length === 0) return;
    await delay(KILL_DELAY_MS);
  }
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
