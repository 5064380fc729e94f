import { readFile } from 'node:fs/promises';
import { RpcFailure } from '../errors.js';
import type {
  HvSpec,
  Hvparams,
  NodeHypervisorInfo,
  StorageInfo,
  StorageUnit,
} from '../generated/objects.js';
import { errorReason } from '../system/files.js';

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

/** Tells the master what the node has. */
export class NodeInfo {
  readonly #bootIdPath: string;
  readonly #hypervisors: NodeInfoHypervisors;
  readonly #storage: NodeInfoStorage;

  constructor({
    bootIdPath,
    hypervisors,
    storage,
  }: {
    bootIdPath: string;
    hypervisors: NodeInfoHypervisors;
    storage: NodeInfoStorage;
  }) {
    this.#bootIdPath = bootIdPath;
    this.#hypervisors = hypervisors;
    this.#storage = storage;
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
    const storage = storageUnits === null ? null : await this.#measure(storageUnits);
    const bootId = await this.#readBootId();
    return [bootId, storage, hvSpecs === null ? null : await this.#askHypervisors(hvSpecs)];
  }

  async #readBootId(): Promise<string> {
    try {
      return (await readFile(this.#bootIdPath, 'utf8')).trimEnd();
    } catch (error) {
      throw new RpcFailure(`Can't read the boot id: ${errorReason(error)}`, { cause: error });
    }
  }

  async #measure(units: readonly StorageUnit[]): Promise<StorageInfo[]> {
    const infos: StorageInfo[] = [];
    for (const unit of units) infos.push(await this.#storage.measure(unit));
    return infos;
  }

  async #askHypervisors(hvSpecs: readonly HvSpec[]): Promise<NodeHypervisorInfo[]> {
    const infos: NodeHypervisorInfo[] = [];
    for (const [name, hvparams] of hvSpecs)
      infos.push(await this.#hypervisors.get(name).getNodeInfo(hvparams));
    return infos;
  }
}
