import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'winston';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { type DiskTemplate, DiskTemplates } from '../../../src/storage/disk-templates.js';
import { BlockDevices } from '../../../src/storage/disks/block-devices.js';
import { DeviceCache } from '../../../src/storage/disks/device-cache.js';
import { DiskLinks } from '../../../src/storage/disks/links.js';
import { FileStoragePaths } from '../../../src/storage/file/allowed-paths.js';
import { FileDisks } from '../../../src/storage/file/disk.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';

/** The error that `work` fails with; that it does not fail is an error too. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure');
}

/** A real directory with what file storage needs; `remove` it afterwards. */
export class StorageFixture {
  readonly root: string;
  readonly storage: string;
  readonly links: string;
  readonly cache: string;
  readonly paths: FileStoragePaths;
  readonly logged: Record<string, unknown>[] = [];
  readonly logger: Logger;

  static async create(): Promise<StorageFixture> {
    const fixture = new StorageFixture(await mkdtemp(join(tmpdir(), 'chroot-noded-')));
    for (const directory of [fixture.storage, fixture.links, fixture.cache]) await mkdir(directory);
    await writeFile(join(fixture.root, 'allowed'), `# directories\n\n${fixture.storage}\n`);
    return fixture;
  }

  private constructor(root: string) {
    this.root = root;
    this.storage = join(root, 'storage');
    this.links = join(root, 'links');
    this.cache = join(root, 'cache');
    this.paths = new FileStoragePaths({
      disks: new FakeDisks(),
      allowedPathsFile: join(root, 'allowed'),
    });
    this.logger = recordingLogger(this.logged);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true });
  }

  diskPath(name = 'disk0'): string {
    return join(this.storage, name);
  }

  /** The template `file`, and others if a test brings some. */
  templates(others: Readonly<Record<string, DiskTemplate>> = {}): DiskTemplates {
    return new DiskTemplates({
      file: new FileDisks({ disks: new FakeDisks(), paths: this.paths, users: NO_USERS }),
      ...others,
    });
  }

  get diskLinks(): DiskLinks {
    return new DiskLinks({ directory: this.links });
  }

  get deviceCache(): DeviceCache {
    return new DeviceCache({ directory: this.cache, logger: this.logger });
  }

  blockDevices(
    file: DiskTemplate = new FileDisks({
      disks: new FakeDisks(),
      paths: this.paths,
      users: NO_USERS,
    }),
  ): BlockDevices {
    return new BlockDevices({
      templates: this.templates({ file }),
      links: this.diskLinks,
      deviceCache: this.deviceCache,
      logger: this.logger,
      removeRetry: { timeoutMs: 50, pollMs: 5 },
    });
  }
}

/** Of disks that nobody uses. */
export const NO_USERS = {
  of: () => Promise.resolve([]),
  loopsOver: () => Promise.resolve([]),
  detach: () => Promise.resolve(true),
};

/** A logger that adds the errors and warnings it is given to `logged`. */
export function recordingLogger(logged: Record<string, unknown>[]): Logger {
  const add = (message: string, data: object) => logged.push({ message, ...data });
  return { error: add, warn: add } as unknown as Logger;
}

export function fileDisk(path: string, changes: Partial<Disk> = {}): Disk {
  return {
    dev_type: 'file',
    logical_id: ['loop', path],
    size: 64,
    mode: 'rw',
    iv_name: 'disk/0',
    uuid: '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b',
    ...changes,
  };
}

export function instanceWith(disks: Disk[], changes: Partial<Instance> = {}): Instance {
  return {
    name: 'inst1.lab.test',
    os: 'busybox+default',
    hypervisor: 'chroot',
    hvparams: { init_script: '/ganeti-chroot' },
    beparams: { auto_balance: true, always_failover: false, maxmem: 16 },
    nics: [],
    disks_info: disks,
    ...changes,
  };
}
