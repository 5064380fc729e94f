import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Leftovers } from '../kit/leftovers.js';
import { familyOf } from '../kit/processes.js';
import type { AgentMemory, SoakAgent } from './agent.js';

/** What an agent, and all that it has to do with, holds of this machine while it has nothing to do. */
export interface Snapshot {
  readonly mounts: readonly string[];
  readonly 'loop devices': readonly string[];
  /** Of instances and of what the agent runs; the one above them is there while the agent is. */
  readonly 'control groups': readonly string[];
  /** Other than the agent itself. */
  readonly processes: readonly string[];
  /** In the state folder, but for logs and what calls are there to leave: temporary files would be among them. */
  readonly files: readonly string[];
  /** Of the agent, by kind: the numbers in their names differ each time. */
  readonly descriptors: readonly string[];
  /** Of the agent, all garbage collected. */
  readonly memory: AgentMemory;
}

/** A look at all of it, when the agent is idle. */
export async function takeSnapshot(agent: SoakAgent, leftovers: Leftovers): Promise<Snapshot> {
  const { mounts, loopDevices, controlGroups } = leftovers.find();
  return {
    mounts,
    'loop devices': loopDevices,
    'control groups': controlGroups.filter((path) => basename(path) !== agent.cgroupParent),
    processes: otherProcesses(agent, leftovers).map((pid) => `${pid} ${read(`/proc/${pid}/comm`)}`),
    files: filesOf(agent.stateDir),
    descriptors: descriptorsOf(agent.pid),
    memory: await agent.memory(),
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

/** Logs; what was sent to be kept, and its lock; why an instance has last changed its state. */
const KEPT =
  /^(log\/.*|lib\/(known_hosts|config\.data|ssconf_\w+)|run\/ganeti-ssconf\.lock|run\/instance-reason\/inst[\w.]+)$/;

/** Files and folders. */
function filesOf(stateDir: string): string[] {
  const entries = readdirSync(stateDir, { recursive: true, withFileTypes: true });
  return entries
    .map(({ parentPath, name }) => relative(stateDir, join(parentPath, name)))
    .filter((path) => !KEPT.test(path))
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
