import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Config } from '../config/config.js';
import { ganetiPaths } from '../ganeti/paths.js';
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
import { VolumeLists } from '../storage/lvm/volume-lists.js';
import { StorageUnits } from '../storage/units/storage-units.js';
import type { CommandRunner } from '../system/command/command.js';
import type { MountTable } from '../system/proc/mount-table.js';

/**
 * Builds what serves the calls about storage.
 *
 * @param doors `confined` ends what it started when we are killed: it must not write to disks that are others' by then
 */
export function createStorage(
  config: Config,
  {
    commands,
    confined,
    mountTable,
    logger,
  }: {
    commands: CommandRunner;
    confined: CommandRunner;
    mountTable: Pick<MountTable, 'read'>;
    logger: Logger;
  },
) {
  const { fileStoragePaths, diskLinksDir, deviceCacheDir } = ganetiPaths(config.paths);
  const paths = new FileStoragePaths({ allowedPathsFile: fileStoragePaths });
  const extProviders = new ExtProviders({ searchPath: config.paths.extStorageSearchPath, logger });
  const templates = createTemplates(config, { paths, extProviders, commands, logger });
  const links = new DiskLinks({ directory: diskLinksDir });
  const deviceCache = new DeviceCache({ directory: deviceCacheDir, logger });
  return {
    blockDevices: new BlockDevices({ templates, links, deviceCache, logger }),
    diskChanges: new DiskChanges({ templates, deviceCache }),
    diskStates: new DiskStates({ templates }),
    diskOpening: new DiskOpening({ templates, links }),
    diskContents: new DiskContents({ templates, commands: confined }),
    fileStorageDirs: new FileStorageDirs({ paths }),
    deviceSizes: new DeviceSizes({ commands, logger }),
    volumeLists: new VolumeLists({ commands }),
    storageUnits: new StorageUnits({ paths, commands, mountTable }),
    extProviders,
  };
}

/** The disk templates that are served (Ganeti: bdev.DEV_MAP); `diskless` needs none. */
function createTemplates(
  { paths: { logDir }, timeoutsMs }: Config,
  {
    paths,
    extProviders,
    commands,
    logger,
  }: {
    paths: FileStoragePaths;
    extProviders: ExtProviders;
    commands: CommandRunner;
    logger: Logger;
  },
): DiskTemplates {
  const files = new FileDisks({ paths });
  const scripts = new ExtScripts({
    providers: extProviders,
    commands,
    logDir,
    clock: SYSTEM_CLOCK,
    timeoutMs: timeoutsMs.extScript,
  });
  return new DiskTemplates({
    file: files,
    sharedfile: files,
    blockdev: new AdoptedDisks({ commands }),
    plain: new LogicalVolumes({ commands, logger }),
    ext: new ExtDisks({ scripts, commands }),
  });
}
