import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Leftovers } from '../kit/machine/leftovers.js';
import { familyOf, openFiles, procText } from '../kit/machine/processes.js';
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
    processes: otherProcesses(agent, leftovers).map(
      (pid) => `${pid} ${procText(pid, 'comm').trim()}`,
    ),
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
  return openFiles(pid)
    .filter((file) => file !== '')
    .map((file) => file.replace(/\d{2,}/g, 'N'))
    .sort();
}
