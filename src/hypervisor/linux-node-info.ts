import { readFile } from 'node:fs/promises';
import { HypervisorError } from '../errors.js';
import type { NodeHypervisorInfo } from '../generated/objects.js';
import { errorReason } from '../system/files.js';

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
export async function linuxNodeInfo({
  meminfoPath,
  cpuinfoPath,
}: ProcPaths): Promise<NodeHypervisorInfo> {
  const memory = parseMeminfo(await readProc(meminfoPath));
  const cpuCount = countProcessors(await readProc(cpuinfoPath));
  return { ...memory, cpu_total: cpuCount, cpu_dom0: cpuCount, cpu_nodes: 1, cpu_sockets: 1 };
}

function parseMeminfo(text: string) {
  const sizes = new Map<string, string>();
  for (const [, name = '', size = ''] of text.matchAll(/^([^:\n]+):(.*)$/gm))
    sizes.set(name.trim(), size.trim());
  const mebibytes = (name: string, fallback?: string) =>
    parseMebibytes(name, sizes.get(name) ?? fallback);
  return {
    memory_total: mebibytes('MemTotal'),
    // Each is rounded down on its own, as Ganeti does.
    memory_free: mebibytes('MemFree') + mebibytes('Buffers', '0') + mebibytes('Cached', '0'),
    memory_dom0: mebibytes('Active'),
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
