import { join } from 'node:path';

/**
 * Where things are on a throw-away host: as on a node of Debian's, but for what the kernel tells to the whole machine.
 * These have the host's name in them, so that nothing of another host is ever taken for its own.
 */
export interface HostPaths {
  readonly name: string;
  readonly runDir: string;
  /** Directories for disk images. */
  readonly storage: string;
  readonly sharedStorage: string;
  readonly dataDir: string;
  readonly confDir: string;
  readonly logDir: string;
  readonly osDir: string;
  readonly exportDir: string;
  readonly queue: string;
  readonly socket: string;
}

export function hostPaths(name: string): HostPaths {
  const runDir = `/run/${name}`;
  const dataDir = '/var/lib/ganeti';
  return {
    name,
    runDir,
    dataDir,
    storage: `/srv/${name}/file-storage`,
    sharedStorage: `/srv/${name}/shared-file-storage`,
    confDir: '/etc/ganeti',
    logDir: '/var/log/ganeti',
    osDir: '/srv/ganeti/os',
    exportDir: join(dataDir, 'export'),
    queue: join(dataDir, 'queue'),
    socket: join(runDir, 'chroot-noded.sock'),
  };
}

/** The disk image of an instance. */
export function diskFile({ storage }: HostPaths, instance: string, index = 0): string {
  return join(storage, instance, `disk${index}`);
}

/** The same on the storage that nodes share. */
export function sharedDiskFile({ sharedStorage }: HostPaths, instance: string): string {
  return join(sharedStorage, instance, 'disk0');
}
