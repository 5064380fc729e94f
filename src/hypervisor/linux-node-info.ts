import { readFile } from 'node:fs/promises';
import { errorReason } from '../base/errno.js';
import { HypervisorError } from '../base/errors.js';
import type { MemoryRule } from '../ganeti/versions.js';
import type { NodeHypervisorInfo } from '../generated/objects.js';

const KIB_PER_MIB = 1024;

export interface ProcPaths {
  readonly meminfoPath: string;
  readonly cpuinfoPath: string;
}

/**
 * What the node has, for hypervisors whose instances share the host's kernel (Ganeti: BaseHypervisor.GetLinuxNodeInfo).
 *
 * @throws HypervisorError
 */
export async function linuxNodeInfo(
  { meminfoPath, cpuinfoPath }: ProcPaths,
  rule: MemoryRule,
): Promise<NodeHypervisorInfo> {
  const memory = parseMeminfo(await readProc(meminfoPath), rule);
  const cpuCount = countProcessors(await readProc(cpuinfoPath));
  return { ...memory, cpu_total: cpuCount, cpu_dom0: cpuCount, cpu_nodes: 1, cpu_sockets: 1 };
}

function parseMeminfo(text: string, { free, optional, ownUse }: MemoryRule) {
  const sizes = new Map<string, string>();
  for (const [, name = '', size = ''] of text.matchAll(/^([^:\n]+):(.*)$/gm))
    sizes.set(name.trim(), size.trim());
  const mebibytes = (name: string) =>
    parseMebibytes(name, sizes.get(name) ?? (optional.includes(name) ? '0' : undefined));
  const total = mebibytes('MemTotal');
  const freeMiB = free.map(mebibytes).reduce((sum, size) => sum + size);
  return {
    memory_total: total,
    memory_free: freeMiB,
    memory_dom0: ownUse === undefined ? total - freeMiB : mebibytes(ownUse),
  };
}

/** Deviation: without a total Ganeti answers without it, and its master stumbles over that. */
function parseMebibytes(name: string, size = ''): number {
  const [, kibibytes] = /^(\d+)(\s|$)/.exec(size) ?? [];
  if (kibibytes === undefined)
    throw new HypervisorError(`Failed to compute memory usage: no number for ${name}`);
  return Math.floor(Number(kibibytes) / KIB_PER_MIB);
}

function countProcessors(text: string): number {
  return text.match(/^processor\s*:\s*[0-9]+\s*$/gm)?.length ?? 0;
}

async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new HypervisorError(`Failed to list node info: ${path}: ${errorReason(error)}`, {
      cause: error,
    });
  }
}
