import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import type {
  Hvparams,
  HvSpec,
  NodeHypervisorInfo,
  StorageInfo,
  StorageUnit,
} from '../../generated/objects.js';
import type { SystemDirs } from '../../system/proc/system-dirs.js';

/** Storage units that are measured at the same time: LVM is asked by programs. */
const CONCURRENCY = 4;

/** The hypervisors of this node by name. */
export interface NodeInfoHypervisors {
  /** @throws HypervisorError for an unknown name */
  get(name: string): { getNodeInfo(hvparams: Hvparams): Promise<NodeHypervisorInfo> };
}

/** Measures one storage unit. */
export interface NodeInfoStorage {
  /** @throws RpcFailure when it cannot */
  measure(unit: StorageUnit): Promise<StorageInfo>;
}

export interface NodeInfoParts {
  readonly systemDirs: SystemDirs;
  readonly hypervisors: NodeInfoHypervisors;
  readonly storageSpace: NodeInfoStorage;
}

/**
 * The id of the node's current boot, and of each storage unit and hypervisor what it has; null where null was asked.
 *
 * Ganeti: backend.GetNodeInfo
 */
export async function getNodeInfo(
  parts: NodeInfoParts,
  storageUnits: readonly StorageUnit[] | null,
  hvSpecs: readonly HvSpec[] | null,
): Promise<[string, StorageInfo[] | null, NodeHypervisorInfo[] | null]> {
  const [storage, bootId, hypervisors] = await Promise.all([
    storageUnits === null
      ? null
      : mapLimited(storageUnits, CONCURRENCY, (unit) => parts.storageSpace.measure(unit)),
    readBootId(parts),
    hvSpecs === null ? null : askHypervisors(parts, hvSpecs),
  ]);
  return [bootId, storage, hypervisors];
}

async function readBootId({ systemDirs: { proc } }: NodeInfoParts): Promise<string> {
  try {
    return (await readFile(join(proc, 'sys/kernel/random/boot_id'), 'utf8')).trimEnd();
  } catch (error) {
    throw new RpcFailure(`Can't read the boot id: ${errorReason(error)}`, { cause: error });
  }
}

async function askHypervisors(
  { hypervisors }: NodeInfoParts,
  hvSpecs: readonly HvSpec[],
): Promise<NodeHypervisorInfo[]> {
  const infos: NodeHypervisorInfo[] = [];
  for (const [name, hvparams] of hvSpecs)
    infos.push(await hypervisors.get(name).getNodeInfo(hvparams));
  return infos;
}
