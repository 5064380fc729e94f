import type { BlockDevices } from '../../storage/disks/block-devices.js';
import type { FileStorageDirs } from '../../storage/file/directories.js';
import { diskLocks, done, type SomeCallRows } from '../call-row.js';

export interface StorageCallNeeds {
  readonly blockDevices: BlockDevices;
  readonly fileStorageDirs: FileStorageDirs;
}

export const storageCalls = ({ blockDevices, fileStorageDirs }: StorageCallNeeds) =>
  ({
    blockdev_create: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk, sizeMiB, owner, onPrimary, info, exclusiveStorage]) =>
        blockDevices.create(disk, sizeMiB, { owner, onPrimary, info, exclusiveStorage }),
    },
    blockdev_assemble: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk, instance, asPrimary, index]) =>
        blockDevices.assemble(disk, instance, asPrimary, index),
    },
    blockdev_shutdown: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk]) => done(blockDevices.shutdown(disk)),
    },
    blockdev_remove: {
      lock: ([disk]) => diskLocks(disk),
      run: ([disk]) => done(blockDevices.remove(disk)),
    },
    blockdev_find: {
      run: ([disk]) => blockDevices.find(disk),
    },
    file_storage_dir_create: {
      lock: ([path]) => ({ path }),
      run: ([directory]) => done(fileStorageDirs.create(directory)),
    },
    file_storage_dir_remove: {
      lock: ([path]) => ({ path }),
      run: ([directory]) => done(fileStorageDirs.remove(directory)),
    },
    file_storage_dir_rename: {
      lock: ([...directories]) => directories.map((path) => ({ path })),
      run: ([oldDirectory, newDirectory]) =>
        done(fileStorageDirs.rename(oldDirectory, newDirectory)),
    },
  }) satisfies SomeCallRows;
