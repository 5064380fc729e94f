import { join } from 'node:path';

export type GanetiPaths = ReturnType<typeof ganetiPaths>;

/**
 * Files and directories that more than one part of the daemon uses, below those that are configured (Ganeti: pathutils).
 */
export function ganetiPaths({
  dataDir,
  confDir,
  runDir,
}: Readonly<Record<'dataDir' | 'confDir' | 'runDir', string>>) {
  return {
    /** Key and certificate of the cluster: NODED_CERT_FILE. */
    serverCertificate: join(dataDir, 'server.pem'),
    /** The key and certificate of this node: NODED_CLIENT_CERT_FILE. */
    clientCertificate: join(dataDir, 'client.pem'),
    /** EXPORT_DIR */
    exportDir: join(dataDir, 'export'),
    /** Lists the directories that disk images may lie in: FILE_STORAGE_PATHS_FILE. */
    fileStoragePaths: join(confDir, 'file-storage-paths'),
    /** CRYPTO_KEYS_DIR */
    cryptoKeysDir: join(runDir, 'crypto'),
    /** IMPORT_EXPORT_DIR */
    importExportDir: join(runDir, 'import-export'),
    /** DISK_LINKS_DIR */
    diskLinksDir: join(runDir, 'instance-disks'),
    /** BDEV_CACHE_DIR */
    deviceCacheDir: join(runDir, 'bdev-cache'),
    /** INSTANCE_REASON_DIR */
    reasonTrailsDir: join(runDir, 'instance-reason'),
    /** What hypervisors keep: ChrootManager._ROOT_DIR, FakeHypervisor._ROOT_DIR. */
    chrootsDir: join(runDir, 'chroot-hypervisor'),
    /** Which disks chroots use; of this daemon only. */
    chrootDisksDir: join(runDir, 'chroot-disks'),
    fakeInstancesDir: join(runDir, 'fake-hypervisor'),
  };
}
