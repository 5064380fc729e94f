import { BlockDeviceError, NodeError, RpcFailure } from '../../base/errors.js';
import type { Disk, LogicalId } from '../../generated/objects.js';
import type { BlockDevice, GrowRequest, SnapshotRequest } from '../block-device.js';
import type { DiskTemplates } from '../disk-templates.js';
import type { DeviceCache } from './device-cache.js';
import { failBare, failWithPrefix, nameOf } from './failures.js';

/** Ganeti: constants.DTS_SNAPSHOT_CAPABLE, but for DRBD. */
const SNAPSHOT_TEMPLATES = ['ext', 'plain'];

/** What can be changed of a disk that exists: its name, its size, its note. */
export class DiskChanges {
  readonly #templates: DiskTemplates;
  readonly #deviceCache: DeviceCache;

  constructor({ templates, deviceCache }: { templates: DiskTemplates; deviceCache: DeviceCache }) {
    this.#templates = templates;
    this.#deviceCache = deviceCache;
  }

  /** Renames as many of the disks as it can (Ganeti: backend.BlockdevRename). */
  async rename(requests: readonly (readonly [disk: Disk, newId: LogicalId])[]): Promise<void> {
    const problems: string[] = [];
    for (const [disk, newId] of requests) {
      const problem = await this.#renameOne(disk, newId);
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length > 0) throw new RpcFailure(problems.join('; '), { kind: 'block-device' });
  }

  async #renameOne(disk: Disk, newId: LogicalId): Promise<string | undefined> {
    try {
      const device = await this.#templates.find(disk);
      if (device === undefined) return `Can't find device ${nameOf(disk)} in rename`;
      const oldPath = device.devPath;
      await device.rename(newId);
      if (device.devPath !== oldPath) await this.#deviceCache.remove(oldPath);
      return undefined;
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      return `Can't rename device '${nameOf(disk)}' to '${idText(newId)}': ${error.message}`;
    }
  }

  /**
   * Makes a disk larger (Ganeti: backend.BlockdevGrow).
   *
   * @param isBackingStore whether the storage itself is meant; none of the templates served is anything else
   */
  async grow(disk: Disk, isBackingStore: boolean, request: GrowRequest): Promise<void> {
    const device = await this.#find(disk);
    if (!isBackingStore) return;
    await failWithPrefix('Failed to grow block device', () => device.grow(request));
  }

  /** Makes a snapshot, and answers with its `logical_id` (Ganeti: backend.BlockdevSnapshot). */
  async snapshot(disk: Disk, { name, sizeMiB }: SnapshotRequest): Promise<LogicalId> {
    if (!SNAPSHOT_TEMPLATES.includes(disk.dev_type))
      throw new RpcFailure(
        `Cannot snapshot block device '${nameOf(disk)}' of type '${disk.dev_type}'`,
        { kind: 'block-device' },
      );
    const device = await this.#find(disk);
    return failBare(() => device.snapshot({ name: name || null, sizeMiB: sizeMiB || null }));
  }

  /** Keeps a note with a disk (Ganeti: backend.BlockdevSetInfo). */
  async setInfo(disk: Disk, info: string): Promise<void> {
    const device = await this.#find(disk);
    await failWithPrefix('Failed to set information on block device', () => device.setInfo(info));
  }

  async #find(disk: Disk): Promise<BlockDevice> {
    return failBare(async () => {
      const device = await this.#templates.find(disk);
      if (device === undefined)
        throw new BlockDeviceError(`Cannot find block device ${nameOf(disk)}`);
      return device;
    });
  }
}

/** As Ganeti writes it; what is no text, which no template takes, as JSON. */
function idText(id: LogicalId): string {
  return id.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('/');
}
