import type { BlockDeviceStatus, LogicalId } from '../generated/objects.js';

/** "Fine", in a disk's `ldisk_status` (Ganeti: constants.LDS_OKAY). */
const LOCAL_DISK_OKAY = 1;

/**
 * One disk of one template on this node (Ganeti: storage.base.BlockDev).
 *
 * A disk does not exist, exists (`attached`), is assembled, or is open for use. What a template has no use for does
 * nothing. A failure is a `BlockDeviceError`.
 */
export abstract class BlockDevice {
  /** Where the host finds the disk: a device or a file. */
  abstract readonly devPath: string;
  /** What the cluster knows the disk by (Ganeti: unique_id). */
  abstract readonly logicalId: LogicalId;
  /** Whether the disk existed when it was looked for. */
  abstract readonly attached: boolean;

  /** Makes the disk usable on this node; doing it twice is safe. */
  abstract assemble(): Promise<void>;
  /** Makes the disk ready for reading and writing. */
  abstract open(): Promise<void>;
  /** Says that nobody will read or write any more. */
  abstract close(): Promise<void>;
  /** Undoes `assemble`. */
  abstract shutdown(): Promise<void>;
  /** Destroys the disk and what is on it; one that is gone already is as good. */
  abstract remove(): Promise<void>;
  abstract actualSizeBytes(): Promise<number>;

  /** Keeps a note with the disk, where the template can. */
  abstract setInfo(info: string): Promise<void>;

  /** A template with mirrors has more to tell (Ganeti: BlockDev.GetSyncStatus). */
  status(): BlockDeviceStatus {
    return { dev_path: this.devPath, is_degraded: false, ldisk_status: LOCAL_DISK_OKAY };
  }
}
