import type { Disk } from '../../generated/objects.js';
import type { DiskChanges } from '../../storage/disks/changes.js';
import type { DiskContents } from '../../storage/disks/contents.js';
import { isUrl } from '../../storage/disks/copy-blocks.js';
import type { DiskOpening } from '../../storage/disks/opening.js';
import type { DiskStates } from '../../storage/disks/states.js';
import { refuseDrbd } from '../../storage/drbd.js';
import { diskLocks, done, instanceAndDiskLocks, type SomeCallRows } from '../call-row.js';
import type { Thing } from '../locks.js';

export interface DiskCallNeeds {
  readonly diskChanges: DiskChanges;
  readonly diskContents: DiskContents;
  readonly diskOpening: DiskOpening;
  readonly diskStates: DiskStates;
}

/** What is done with the disks of instances, beyond making and finding them. */
export const diskCalls = ({ diskChanges, diskContents, diskOpening, diskStates }: DiskCallNeeds) =>
  ({
    blockdev_rename: {
      lock: ([requests]) =>
        requests.flatMap(([disk, newId]) => [
          ...diskLocks(disk),
          ...diskLocks({ ...disk, logical_id: newId }),
        ]),
      run: ([requests]) => done(diskChanges.rename(requests)),
    },
    blockdev_grow: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk, amountMiB, isDryRun, isBackingStore, exclusiveStorage]) =>
        done(diskChanges.grow(disk, isBackingStore, { amountMiB, isDryRun, exclusiveStorage })),
    },
    blockdev_snapshot: {
      lock: ([disk, name]) => [...diskLocks(disk), ...diskLocks(snapshotOf(disk, name))],
      run: ([disk, name, sizeMiB]) => diskChanges.snapshot(disk, { name, sizeMiB }),
    },
    blockdev_setinfo: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk, info]) => done(diskChanges.setInfo(disk, info)),
    },
    blockdev_getdimensions: {
      run: ([disks]) => diskStates.dimensions(disks),
    },
    blockdev_getmirrorstatus: {
      run: ([disks]) => diskStates.mirrorStatus(disks),
    },
    blockdev_getmirrorstatus_multi: {
      run: ([disks]) => diskStates.mirrorStatusMulti(disks),
    },
    blockdev_pause_resume_sync: {
      run: ([disks]) => diskStates.pauseResumeSync(disks),
    },
    blockdev_open: {
      lock: ([name, disks]) => instanceAndDiskLocks({ name, disks_info: disks }),
      run: ([instance, disks, exclusive]) => done(diskOpening.open(instance, disks, { exclusive })),
    },
    blockdev_close: {
      lock: ([name, disks]) => instanceAndDiskLocks({ name, disks_info: disks }),
      run: ([instance, disks]) => done(diskOpening.close(instance, disks)),
    },
    blockdev_wipe: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk, offsetMiB, sizeMiB]) => done(diskContents.wipe(disk, offsetMiB, sizeMiB)),
    },
    blockdev_image: {
      lock: ([disk, image]) => [...diskLocks(disk), ...imageLocks(image)],
      run: ([disk, image, sizeMiB]) => done(diskContents.image(disk, image, sizeMiB)),
    },
    blockdev_convert: {
      lock: (disks) => disks.flatMap(diskLocks),
      run: ([source, target]) => done(diskContents.convert(source, target)),
    },
    blockdev_addchildren: { run: () => refuseDrbd('blockdev_addchildren') },
    blockdev_removechildren: { run: () => refuseDrbd('blockdev_removechildren') },
    drbd_disconnect_net: { run: () => refuseDrbd('drbd_disconnect_net') },
    drbd_attach_net: { run: () => refuseDrbd('drbd_attach_net') },
    drbd_wait_sync: { run: () => refuseDrbd('drbd_wait_sync') },
    drbd_needs_activation: { run: () => refuseDrbd('drbd_needs_activation') },
    drbd_helper: { run: () => refuseDrbd('drbd_helper') },
  }) satisfies SomeCallRows;

function snapshotOf({ dev_type, logical_id: [group, volume] }: Disk, name: string | null) {
  return { dev_type, logical_id: [group, name || `${String(volume)}.snap`] };
}

/** An image may be a disk, too. */
function imageLocks(image: string): Thing[] {
  return isUrl(image) ? [] : [{ path: image }];
}
