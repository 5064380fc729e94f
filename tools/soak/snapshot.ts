import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Leftovers } from '../kit/machine/leftovers.js';
import { familyOf, openFiles, procText } from '../kit/machine/processes.js';
import type { DaemonMemory, SoakDaemon } from './daemon.js';

/** What a daemon, and all that it has to do with, holds of this machine while it has nothing to do. */
export interface Snapshot {
  readonly mounts: readonly string[];
  readonly 'loop devices': readonly string[];
  /** Of instances and of what the daemon runs; the one above them is there while the daemon is. */
  readonly 'control groups': readonly string[];
  /** Other than the daemon itself. */
  readonly processes: readonly string[];
  /** In the state directory, but for logs and what calls are there to leave: temporary files would be among them. */
  readonly files: readonly string[];
  /** Of the daemon, by kind: the numbers in their names differ each time. */
  readonly descriptors: readonly string[];
  /** Of the daemon, all garbage collected. */
  readonly memory: DaemonMemory;
}

/** A look at all of it, when the daemon is idle. */
export async function takeSnapshot(daemon: SoakDaemon, leftovers: Leftovers): Promise<Snapshot> {
  const { mounts, loopDevices, controlGroups } = leftovers.find();
  return {
    mounts,
    'loop devices': loopDevices,
    'control groups': controlGroups.filter((path) => basename(path) !== daemon.cgroupParent),
    processes: otherProcesses(daemon, leftovers).map(
      (pid) => `${pid} ${procText(pid, 'comm').trim()}`,
    ),
    files: filesOf(daemon.stateDir),
    descriptors: descriptorsOf(daemon.pid),
    memory: await daemon.memory(),
  };
}

/** The processes that belong to a daemon, without its own. */
export function otherProcesses(daemon: SoakDaemon, leftovers: Leftovers): number[] {
  const all = new Set([...leftovers.find().processes, ...familyOf(daemon.pid)]);
  all.delete(daemon.pid);
  return [...all];
}

/**
 * Logs; what was sent to be kept, and its lock; why an instance has last changed its state; the directory of records of
 * disks in use, but no record; the socket of a keeper of logs, also of one that was killed, but no pipe.
 */
const KEPT =
  /^(log\/.*|lib\/(known_hosts|config\.data|ssconf_\w+)|run\/(ganeti-ssconf\.lock|instance-reason\/(inst|hanging)[\w.]+|chroot-disks|chroot-logs\/socket))$/;

/** Files and directories. */
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
