import { AdoptedDisks } from '../storage/blockdev/adopted-disk.js';
import { DeviceSizes } from '../storage/blockdev/device-sizes.js';
import { DiskTemplates } from '../storage/disk-templates.js';
import { BlockDevices } from '../storage/disks/block-devices.js';
import { DiskChanges } from '../storage/disks/changes.js';
import { DiskContents } from '../storage/disks/contents.js';
import { DeviceCache } from '../storage/disks/device-cache.js';
import { DiskLinks } from '../storage/disks/links.js';
import { DiskOpening } from '../storage/disks/opening.js';
import { DiskStates } from '../storage/disks/states.js';
import { ExtDisks } from '../storage/ext/disk.js';
import { ExtProviders } from '../storage/ext/providers.js';
import { ExtScripts } from '../storage/ext/scripts.js';
import { FileStoragePaths } from '../storage/file/allowed-paths.js';
import { FileStorageDirs } from '../storage/file/directories.js';
import { FileDisks } from '../storage/file/disk.js';
import { LogicalVolumes } from '../storage/lvm/logical-volumes.js';
import { LvmTools } from '../storage/lvm/tools.js';
import { VolumeLists } from '../storage/lvm/volume-lists.js';
import { StorageSpace } from '../storage/units/storage-space.js';
import { StorageUnits } from '../storage/units/storage-units.js';
import { DiskUsers } from '../system/disk/disk-users.js';
import type { Basis } from './basis.js';

/** Builds what serves the calls about storage. */
export function createStorage(basis: Basis) {
  const { commands, confined, disks, mountTable, logDir, clock, logger } = basis;
  const { extStorageSearchPath: searchPath, timeoutsMs } = basis;
  const paths = new FileStoragePaths({ allowedPathsFile: basis.fileStoragePaths, disks });
  const extProviders = new ExtProviders({ searchPath, logger });
  const diskUsers = new DiskUsers(basis);
  const files = new FileDisks({ paths, disks, users: diskUsers });
  const timeoutMs = timeoutsMs.extScript;
  const scripts = new ExtScripts({ providers: extProviders, commands, logDir, clock, timeoutMs });
  // Ganeti: bdev.DEV_MAP; `diskless` needs none.
  const templates = new DiskTemplates({
    file: files,
    sharedfile: files,
    blockdev: new AdoptedDisks({ commands }),
    plain: new LogicalVolumes({ commands, logger }),
    ext: new ExtDisks({ scripts, commands }),
  });
  const links = new DiskLinks({ directory: basis.diskLinksDir });
  const deviceCache = new DeviceCache({ directory: basis.deviceCacheDir, logger });
  return {
    diskUsers,
    blockDevices: new BlockDevices({ templates, links, deviceCache, logger }),
    diskChanges: new DiskChanges({ templates, deviceCache }),
    diskStates: new DiskStates({ templates }),
    diskOpening: new DiskOpening({ templates, links }),
    diskContents: new DiskContents({ templates, commands: confined, disks }),
    storagePaths: paths,
    fileStorageDirs: new FileStorageDirs({ paths, disks }),
    deviceSizes: new DeviceSizes({ commands, logger }),
    volumeLists: new VolumeLists({ commands }),
    lvm: new LvmTools({ commands }),
    storageSpace: new StorageSpace({ commands, mountTable, logger }),
    storageUnits: new StorageUnits({ paths, commands, disks, mountTable }),
    extProviders,
  };
}
