import { diskLock, done, type CallRows } from './call-table.js';

export const STORAGE_CALLS: CallRows<
  | 'blockdev_create'
  | 'blockdev_assemble'
  | 'blockdev_shutdown'
  | 'blockdev_remove'
  | 'blockdev_find'
  | 'file_storage_dir_create'
  | 'file_storage_dir_remove'
  | 'file_storage_dir_rename'
> = {
  blockdev_create: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ blockDevices }, [disk, sizeMiB, owner, onPrimary, info, exclusiveStorage]) =>
      blockDevices.create(disk, sizeMiB, { owner, onPrimary, info, exclusiveStorage }),
  },
  blockdev_assemble: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ blockDevices }, [disk, instance, asPrimary, index]) =>
      blockDevices.assemble(disk, instance, asPrimary, index),
  },
  blockdev_shutdown: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ blockDevices }, [disk]) => done(blockDevices.shutdown(disk)),
  },
  blockdev_remove: {
    lock: ([disk]) => diskLock(disk),
    handle: ({ blockDevices }, [disk]) => done(blockDevices.remove(disk)),
  },
  blockdev_find: {
    handle: ({ blockDevices }, [disk]) => blockDevices.find(disk),
  },
  file_storage_dir_create: {
    lock: ([directory]) => `folder ${directory}`,
    handle: ({ fileStorageDirs }, [directory]) => done(fileStorageDirs.create(directory)),
  },
  file_storage_dir_remove: {
    lock: ([directory]) => `folder ${directory}`,
    handle: ({ fileStorageDirs }, [directory]) => done(fileStorageDirs.remove(directory)),
  },
  file_storage_dir_rename: {
    lock: ([directory]) => `folder ${directory}`,
    handle: ({ fileStorageDirs }, [oldDirectory, newDirectory]) =>
      done(fileStorageDirs.rename(oldDirectory, newDirectory)),
  },
};
