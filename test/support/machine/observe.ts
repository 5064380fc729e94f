import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import {
  byteString,
  type Mount,
  mountAt,
  parseMountinfo,
} from '../../../src/system/proc/mount-table.js';
import { eventually } from '../../../tools/kit/eventually.js';
import type { TestNode } from '../node/test-node.js';

/** The mounts of our mount namespace, or of one of which this is the mountinfo. */
export function mounts(mountinfo = '/proc/self/mountinfo'): Mount[] {
  return parseMountinfo(readFileSync(mountinfo, 'latin1'));
}

/** The uppermost mount at exactly `path`. */
export function mountOn(path: string): Mount {
  const mount = mountAt(mounts(), path);
  if (mount === undefined) throw new Error(`nothing is mounted on ${path}`);
  return mount;
}

/** The most memory that the process has had at a time since `forgetPeak`, in bytes. */
export function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}

/** proc(5): clear_refs. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** How many mounts there are at `path` and below. */
export function countMounts(path: string, mountinfo?: string): number {
  const point = byteString(path);
  return mounts(mountinfo).filter(({ mountPoint }) => `${mountPoint}/`.startsWith(`${point}/`))
    .length;
}

/** The processes whose root directory is exactly `root`. */
export function processesIn(root: string): number[] {
  return processNumbers().filter((pid) => linkOf(pid, 'root') === root);
}

/** The one process of an instance, once its script is through with making it. */
export async function daemonOf(node: TestNode, instance: string): Promise<number> {
  const root = node.root(instance);
  await eventually(() => processesIn(root).length === 1);
  return processesIn(root)[0] ?? 0;
}

export function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Whether the process is there, and not only as a zombie that nobody has asked about yet. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Where one of the links of /proc/PID leads; empty for a process that is gone. */
export function linkOf(pid: number, link: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return '';
  }
}

/** The control groups of a process, one a line; empty for a process that is gone. */
export function cgroupsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}
