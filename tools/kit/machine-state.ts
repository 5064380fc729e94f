import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../src/base/errno.js';

/** What a test may leave behind, as comparable text. */
export interface MachineState {
  readonly mounts: readonly string[];
  readonly loops: readonly string[];
  readonly cgroups: readonly string[];
  readonly processes: readonly string[];
}

/**
 * The mounts, loop devices, control groups and processes of this machine that have to do with `marker`: a folder that a
 * test uses, for instance.
 */
export function machineState(marker: string, mountinfo = '/proc/self/mountinfo'): MachineState {
  return {
    mounts: readFileSync(mountinfo, 'utf8')
      .split('\n')
      .filter((line) => line.includes(marker)),
    loops: loops(marker),
    cgroups: cgroups('/sys/fs/cgroup', marker),
    processes: processes(marker),
  };
}

function loops(marker: string): string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .map((name) => `${name} ${read(`/sys/block/${name}/loop/backing_file`)}`)
    .filter((line) => line.includes(marker));
}

function cgroups(directory: string, marker: string, depth = 4): string[] {
  if (depth === 0) return [];
  return foldersIn(directory).flatMap((path) => [
    ...(path.includes(marker) ? [path] : []),
    ...cgroups(path, marker, depth - 1),
  ]);
}

/** None of a folder that is gone: groups of others come and go. */
function foldersIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

/** Processes that have their root or working directory, or a file open, below the marker. */
function processes(marker: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      [`${pid}/root`, `${pid}/cwd`, `${pid}/exe`].some((link) =>
        readLink(`/proc/${link}`).includes(marker),
      ),
    )
    .map((pid) => `${pid} ${read(`/proc/${pid}/comm`)}${describeState(pid)}`);
}

/** What tells why a process is still there: its state, its parent, and where in the kernel it waits. */
function describeState(pid: string): string {
  const status = read(`/proc/${pid}/status`);
  const [, state = 'gone'] = /^State:\s+(.*)$/m.exec(status) ?? [];
  const [, parent = ''] = /^PPid:\s+(.*)$/m.exec(status) ?? [];
  return ` (${state}, parent ${parent}, waits in ${read(`/proc/${pid}/wchan`)})`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
