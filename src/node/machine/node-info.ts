import { readFile } from 'node:fs/promises';
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
  readonly bootIdPath: string;
  readonly hypervisors: NodeInfoHypervisors;
  readonly storage: NodeInfoStorage;
}

/** Tells the master what the node has. */
export class NodeInfo {
  readonly #parts: NodeInfoParts;

  constructor(parts: NodeInfoParts) {
    this.#parts = parts;
  }

  /**
   * The id of the node's current boot, and of each storage unit and hypervisor what it has; null where null was asked.
   *
   * Ganeti: backend.GetNodeInfo
   */
  async get(
    storageUnits: readonly StorageUnit[] | null,
    hvSpecs: readonly HvSpec[] | null,
  ): Promise<[string, StorageInfo[] | null, NodeHypervisorInfo[] | null]> {
    const [storage, bootId, hypervisors] = await Promise.all([
      storageUnits === null ? null : this.#measure(storageUnits),
      this.#readBootId(),
      hvSpecs === null ? null : this.#askHypervisors(hvSpecs),
    ]);
    return [bootId, storage, hypervisors];
  }

  async #readBootId(): Promise<string> {
    try {
      return (await readFile(this.#parts.bootIdPath, 'utf8')).trimEnd();
    } catch (error) {
      throw new RpcFailure(`Can't read the boot id: ${errorReason(error)}`, { cause: error });
    }
  }

  async #measure(units: readonly StorageUnit[]): Promise<StorageInfo[]> {
    return mapLimited(units, CONCURRENCY, (unit) => this.#parts.storage.measure(unit));
  }

  async #askHypervisors(hvSpecs: readonly HvSpec[]): Promise<NodeHypervisorInfo[]> {
    const infos: NodeHypervisorInfo[] = [];
    for (const [name, hvparams] of hvSpecs)
      infos.push(await this.#parts.hypervisors.get(name).getNodeInfo(hvparams));
    return infos;
  }
}
