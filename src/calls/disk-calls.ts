import { refuseDrbd } from '../storage/drbd.js';
import { diskLock, done, instanceLock, type CallRows } from './call-table.js';

/** What is done with the disks of instances, beyond making and finding them. */
export const DISK_CALLS: CallRows<
  | 'blockdev_rename'
  | 'blockdev_grow'
  | 'blockdev_snapshot'
  | 'blockdev_setinfo'
  | 'blockdev_getdimensions'
  | 'blockdev_getmirrorstatus'
  | 'blockdev_getmirrorstatus_multi'
  | 'blockdev_pause_resume_sync'
  | 'blockdev_open'
  | 'blockdev_close'
  | 'blockdev_wipe'
  | 'blockdev_image'
  | 'blockdev_convert'
  | 'blockdev_addchildren'
  | 'blockdev_removechildren'
  | 'drbd_disconnect_net'
  | 'drbd_attach_net'
  | 'drbd_wait_sync'
  | 'drbd_needs_activation'
  | 'drbd_helper'
> = {
  blockdev_rename: {
    lock: ([requests]) => requests.map(([disk]) => diskLock(disk)),
    handle: ({ diskChanges }, [requests]) => done(diskChanges.rename(requests)),
  },
  blockdev_grow: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ diskChanges }, [disk, amountMiB, isDryRun, isBackingStore, exclusiveStorage]) =>
      done(diskChanges.grow(disk, isBackingStore, { amountMiB, isDryRun, exclusiveStorage })),
  },
  blockdev_snapshot: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ diskChanges }, [disk, name, sizeMiB]) =>
      diskChanges.snapshot(disk, { name, sizeMiB }),
  },
  blockdev_setinfo: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ diskChanges }, [disk, info]) => done(diskChanges.setInfo(disk, info)),
  },
  blockdev_getdimensions: {
    handle: ({ diskStates }, [disks]) => diskStates.dimensions(disks),
  },
  blockdev_getmirrorstatus: {
    handle: ({ diskStates }, [disks]) => diskStates.mirrorStatus(disks),
  },
  blockdev_getmirrorstatus_multi: {
    handle: ({ diskStates }, [disks]) => diskStates.mirrorStatusMulti(disks),
  },
  blockdev_pause_resume_sync: {
    handle: ({ diskStates }, [disks]) => diskStates.pauseResumeSync(disks),
  },
  blockdev_open: {
    lock: ([name]) => instanceLock({ name }),
    handle: ({ diskOpening }, [instance, disks, exclusive]) =>
      done(diskOpening.open(instance, disks, { exclusive })),
  },
  blockdev_close: {
    lock: ([name]) => instanceLock({ name }),
    handle: ({ diskOpening }, [instance, disks]) => done(diskOpening.close(instance, disks)),
  },
  blockdev_wipe: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ diskContents }, [disk, offsetMiB, sizeMiB]) =>
      done(diskContents.wipe(disk, offsetMiB, sizeMiB)),
  },
  blockdev_image: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ diskContents }, [disk, image, sizeMiB]) =>
      done(diskContents.image(disk, image, sizeMiB)),
  },
  blockdev_convert: {
    lock: ([source, target]) => [diskLock(source), diskLock(target)],
    handle: ({ diskContents }, [source, target]) => done(diskContents.convert(source, target)),
  },
  blockdev_addchildren: { handle: () => refuseDrbd('blockdev_addchildren') },
  blockdev_removechildren: { handle: () => refuseDrbd('blockdev_removechildren') },
  drbd_disconnect_net: { handle: () => refuseDrbd('drbd_disconnect_net') },
  drbd_attach_net: { handle: () => refuseDrbd('drbd_attach_net') },
  drbd_wait_sync: { handle: () => refuseDrbd('drbd_wait_sync') },
  drbd_needs_activation: { handle: () => refuseDrbd('drbd_needs_activation') },
  drbd_helper: { handle: () => refuseDrbd('drbd_helper') },
};
