import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { familyOf } from '../benchmark/processes.js';
import type { Leftovers } from '../demonstration/leftovers.js';
import type { SoakAgent } from './agent.js';

/** What an agent, and all that it has to do with, holds of this machine while it has nothing to do. */
export interface Snapshot {
  readonly mounts: readonly string[];
  readonly 'loop devices': readonly string[];
  readonly 'control groups': readonly string[];
  /** Other than the agent itself. */
  readonly processes: readonly string[];
  /** In the state folder, logs left out: temporary files would be among them. */
  readonly files: readonly string[];
  /** Of the agent, by kind: the numbers in their names differ each time. */
  readonly descriptors: readonly string[];
  /** Of the agent: what it has in memory. */
  readonly rssMiB: number;
}

/** For the memory, the lowest of so many: what is about to be collected does not count. */
const SAMPLES = 15;
const SAMPLE_PAUSE_MS = 200;

/** A look at all of it, when the agent is idle. */
export async function takeSnapshot(agent: SoakAgent, leftovers: Leftovers): Promise<Snapshot> {
  const { mounts, loopDevices, controlGroups } = leftovers.find();
  return {
    mounts,
    'loop devices': loopDevices,
    'control groups': controlGroups,
    processes: otherProcesses(agent, leftovers).map((pid) => `${pid} ${read(`/proc/${pid}/comm`)}`),
    files: filesOf(agent.stateDir),
    descriptors: descriptorsOf(agent.pid),
    rssMiB: await lowestRssMiB(agent.pid),
  };
}

/** The processes that belong to an agent, without its own. */
export function otherProcesses(agent: SoakAgent, leftovers: Leftovers): number[] {
  const all = new Set([...leftovers.find().processes, ...familyOf(agent.pid)]);
  all.delete(agent.pid);
  return [...all];
}

/** Memory of a process in MiB now. */
export function rssMiB(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kibibytes ?? 0) / 1024;
}

async function lowestRssMiB(pid: number): Promise<number> {
  let lowest = rssMiB(pid);
  for (let sample = 1; sample < SAMPLES; sample++) {
    await delay(SAMPLE_PAUSE_MS);
    lowest = Math.min(lowest, rssMiB(pid));
  }
  return lowest;
}

/** Files and folders; logs are there to stay, and grow. */
function filesOf(stateDir: string): string[] {
  const entries = readdirSync(stateDir, { recursive: true, withFileTypes: true });
  return entries
    .map(({ parentPath, name }) => relative(stateDir, join(parentPath, name)))
    .filter((path) => !path.startsWith('log/'))
    .sort();
}

function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .flatMap((descriptor) => {
      try {
        return [readlinkSync(join(folder, descriptor)).replace(/\d{2,}/g, 'N')];
      } catch {
        // Closed since the folder was read.
        return [];
      }
    })
    .sort();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
