import { readFileSync, writeFileSync } from 'node:fs';
import { byteString, type Mount, mountAt } from '../../../src/system/proc/mount-table.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { readMounts } from '../../../tools/kit/machine/observer.js';
import { allPids, linkOf } from '../../../tools/kit/machine/processes.js';
import type { TestNode } from '../node/test-node.js';

/** The uppermost mount at exactly `path`. */
export function mountOn(path: string): Mount {
  const mount = mountAt(readMounts(), path);
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
  return readMounts(mountinfo).filter(({ mountPoint }) => `${mountPoint}/`.startsWith(`${point}/`))
    .length;
}

/** The processes whose root directory is exactly `root`. */
export function processesIn(root: string): number[] {
  return allPids().filter((pid) => linkOf(pid, 'root') === root);
}

/** The one process of an instance, once its script is through with making it. */
export async function processOf(node: TestNode, instance: string): Promise<number> {
  const root = node.root(instance);
  await eventually(() => processesIn(root).length === 1);
  return processesIn(root)[0] ?? 0;
}
