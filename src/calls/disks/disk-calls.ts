import type { DiskChanges } from '../../storage/disks/changes.js';
import type { DiskContents } from '../../storage/disks/contents.js';
import type { DiskOpening } from '../../storage/disks/opening.js';
import type { DiskStates } from '../../storage/disks/states.js';
import { refuseDrbd } from '../../storage/drbd.js';
import { diskLock, done, instanceLock, type SomeCallRows } from '../call-row.js';

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
      lock: ([requests]) => requests.map(([disk]) => diskLock(disk)),
      run: ([requests]) => done(diskChanges.rename(requests)),
    },
    blockdev_grow: {
      lock: ([disk]) => diskLock(disk),
      run: ([disk, amountMiB, isDryRun, isBackingStore, exclusiveStorage]) =>
        done(diskChanges.grow(disk, isBackingStore, { amountMiB, isDryRun, exclusiveStorage })),
    },
    blockdev_snapshot: {
      lock: ([disk]) => diskLock(disk),
      run: ([disk, name, sizeMiB]) => diskChanges.snapshot(disk, { name, sizeMiB }),
    },
    blockdev_setinfo: {
      lock: ([disk]) => diskLock(disk),
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
      lock: ([name]) => instanceLock({ name }),
      run: ([instance, disks, exclusive]) => done(diskOpening.open(instance, disks, { exclusive })),
    },
    blockdev_close: {
      lock: ([name]) => instanceLock({ name }),
      run: ([instance, disks]) => done(diskOpening.close(instance, disks)),
    },
    blockdev_wipe: {
      lock: ([disk]) => diskLock(disk),
      run: ([disk, offsetMiB, sizeMiB]) => done(diskContents.wipe(disk, offsetMiB, sizeMiB)),
    },
    blockdev_image: {
      lock: ([disk]) => diskLock(disk),
      run: ([disk, image, sizeMiB]) => done(diskContents.image(disk, image, sizeMiB)),
    },
    blockdev_convert: {
      lock: ([source, target]) => [diskLock(source), diskLock(target)],
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
