import { BlockDeviceError } from '../base/errors.js';
import type { BlockDeviceStatus, LogicalId } from '../generated/objects.js';

/** "Fine" and "faulty", in a disk's `ldisk_status` (Ganeti: constants.LDS_OKAY, LDS_FAULTY). */
const LOCAL_DISK_OKAY = 1;
const LOCAL_DISK_FAULTY = 4;

export interface GrowRequest {
  readonly amountMiB: number;
  /** Only find out whether it can be done. */
  readonly isDryRun: boolean;
  readonly exclusiveStorage: boolean;
}

export interface SnapshotRequest {
  /** Null for a name made from that of the disk. */
  readonly name: string | null;
  /** Null for the size of the disk. */
  readonly sizeMiB: number | null;
}

/**
 * One disk of one template on this node (Ganeti: storage.base.BlockDev).
 *
 * A disk does not exist, exists (`attached`), is assembled, or is open for use. What a template has no use for does
 * nothing. A failure is a `BlockDeviceError`.
 */
export abstract class BlockDevice {
  /** Where the host finds the disk: a device or a file; `rename` may change it. */
  abstract readonly devPath: string;
  /** What the cluster knows the disk by (Ganeti: unique_id). */
  abstract readonly logicalId: LogicalId;
  /** Whether the disk existed when it was looked for. */
  abstract readonly attached: boolean;

  /** Makes the disk usable on this node; doing it twice is safe. */
  abstract assemble(): Promise<void>;
  /**
   * Makes the disk ready for reading and writing.
   *
   * @param options `exclusive` unless another node uses it too, as while an instance migrates
   */
  abstract open(options?: { exclusive: boolean }): Promise<void>;
  /** Says that nobody will read or write any more. */
  abstract close(): Promise<void>;
  /** Undoes `assemble`. */
  abstract shutdown(): Promise<void>;
  /** Destroys the disk and what is on it. Idempotent. */
  abstract remove(): Promise<void>;
  abstract rename(newId: LogicalId): Promise<void>;
  abstract grow(request: GrowRequest): Promise<void>;
  abstract actualSizeBytes(): Promise<number>;

  /** Keeps a note with the disk, where the template can. */
  abstract setInfo(info: string): Promise<void>;

  /** How many physical disks it uses; null where the template does not know. */
  actualSpindles(): Promise<number | null> {
    return Promise.resolve(null);
  }

  /** @returns the `logical_id` of the snapshot */
  snapshot(_request: SnapshotRequest): Promise<LogicalId> {
    return Promise.reject(
      new BlockDeviceError(`Snapshot is not supported for disk ${this.devPath}.`),
    );
  }

  /** Whether data may be copied to the disk (Ganeti: BlockDev.Import, which may refuse). */
  checkImport(): void {
    // Most templates have nothing against it.
  }

  /** A template with mirrors has more to tell (Ganeti: BlockDev.GetSyncStatus). */
  status(): BlockDeviceStatus {
    return statusOf(this.devPath);
  }
}

/** The state of a disk without mirrors; `numbers` are those of its device, which a file has not. */
export function statusOf(
  devPath: string,
  { isFaulty = false, numbers = {} }: { isFaulty?: boolean; numbers?: DeviceNumbers | object } = {},
): BlockDeviceStatus {
  return {
    dev_path: devPath,
    ...numbers,
    is_degraded: isFaulty,
    ldisk_status: isFaulty ? LOCAL_DISK_FAULTY : LOCAL_DISK_OKAY,
  };
}

/** What the kernel knows a block device by. */
export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}
