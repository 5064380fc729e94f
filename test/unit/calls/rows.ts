import { fileDisk, instanceWith } from '../storage/fixtures.js';

export const DISK = fileDisk('/srv/disk0');
export const INSTANCE = instanceWith([DISK], { name: 'inst1' });
export const TRAIL = [['gnt:client', '', 1]];
const HVPARAMS = { init_script: '/ganeti-chroot' };
const INSTANCE_LOCK = 'instance inst1';
const DISK_LOCK = 'disk file ["loop","/srv/disk0"]';
const OTHER_DISK = fileDisk('/srv/disk1');
const BOTH_DISK_LOCKS = [DISK_LOCK, 'disk file ["loop","/srv/disk1"]'];
const DIRECTORY_LOCK = 'directory /srv/inst1';

/** What a call is to ask of which service, and under which locks. */
export interface Row {
  readonly params: readonly unknown[];
  readonly asks: string;
  readonly with: readonly unknown[];
  readonly lock?: string | readonly string[];
}

const MIGRATION_ROWS: Readonly<Record<string, Row>> = {
  migration_info: { params: [INSTANCE], asks: 'changes.migrationInfo', with: [INSTANCE] },
  accept_instance: {
    params: [INSTANCE, 'i', '10.0.0.1'],
    asks: 'changes.accept',
    with: [INSTANCE, 'i', '10.0.0.1'],
    lock: INSTANCE_LOCK,
  },
  instance_migrate: {
    params: ['cluster', INSTANCE, '10.0.0.1', true],
    asks: 'changes.migrate',
    with: ['cluster', INSTANCE, '10.0.0.1', true],
    lock: INSTANCE_LOCK,
  },
  instance_finalize_migration_src: {
    params: [INSTANCE, true, false],
    asks: 'changes.finalizeMigrationSource',
    with: [INSTANCE, true, false],
    lock: INSTANCE_LOCK,
  },
  instance_finalize_migration_dst: {
    params: [INSTANCE, 'i', true],
    asks: 'changes.finalizeMigrationDst',
    with: [INSTANCE, 'i', true],
    lock: INSTANCE_LOCK,
  },
  instance_get_migration_status: {
    params: [INSTANCE],
    asks: 'changes.migrationStatus',
    with: [INSTANCE],
  },
};

const STORAGE_ROWS: Readonly<Record<string, Row>> = {
  blockdev_create: {
    params: [DISK, 64, 'inst1', true, 'note', false],
    asks: 'blockDevices.create',
    with: [DISK, 64, { owner: 'inst1', onPrimary: true, info: 'note', exclusiveStorage: false }],
    lock: DISK_LOCK,
  },
  blockdev_assemble: {
    params: [DISK, INSTANCE, true, 0],
    asks: 'blockDevices.assemble',
    with: [DISK, INSTANCE, true, 0],
    lock: DISK_LOCK,
  },
  blockdev_shutdown: {
    params: [DISK],
    asks: 'blockDevices.shutdown',
    with: [DISK],
    lock: DISK_LOCK,
  },
  blockdev_remove: { params: [DISK], asks: 'blockDevices.remove', with: [DISK], lock: DISK_LOCK },
  blockdev_rename: {
    params: [
      [
        [OTHER_DISK, ['loop', '/srv/b']],
        [DISK, ['loop', '/srv/a']],
      ],
    ],
    asks: 'diskChanges.rename',
    with: [
      [
        [OTHER_DISK, ['loop', '/srv/b']],
        [DISK, ['loop', '/srv/a']],
      ],
    ],
    lock: BOTH_DISK_LOCKS,
  },
  blockdev_convert: {
    params: [OTHER_DISK, DISK],
    asks: 'diskContents.convert',
    with: [OTHER_DISK, DISK],
    lock: BOTH_DISK_LOCKS,
  },
  blockdev_find: { params: [DISK], asks: 'blockDevices.find', with: [DISK] },
  file_storage_dir_create: {
    params: ['/srv/inst1'],
    asks: 'fileStorageDirs.create',
    with: ['/srv/inst1'],
    lock: DIRECTORY_LOCK,
  },
  file_storage_dir_remove: {
    params: ['/srv/inst1'],
    asks: 'fileStorageDirs.remove',
    with: ['/srv/inst1'],
    lock: DIRECTORY_LOCK,
  },
};

/** All calls but those that ask the hypervisor, or nobody. */
export const ROWS: Readonly<Record<string, Row>> = {
  ...MIGRATION_ROWS,
  ...STORAGE_ROWS,
  instance_start: {
    params: [INSTANCE, false, TRAIL],
    asks: 'lifecycle.start',
    with: [INSTANCE, false, TRAIL],
    lock: INSTANCE_LOCK,
  },
  instance_shutdown: {
    params: [INSTANCE, 120, TRAIL],
    asks: 'lifecycle.shutdown',
    with: [INSTANCE, { timeoutMs: 120_000, reason: TRAIL }],
    lock: INSTANCE_LOCK,
  },
  instance_reboot: {
    params: [INSTANCE, 'hard', 0.5, TRAIL],
    asks: 'lifecycle.reboot',
    with: [INSTANCE, 'hard', { timeoutMs: 500, reason: TRAIL }],
    lock: INSTANCE_LOCK,
  },
  instance_info: {
    params: ['inst1', 'chroot', HVPARAMS],
    asks: 'queries.info',
    with: ['inst1', 'chroot', HVPARAMS],
  },
  instance_list: {
    params: [['chroot'], { chroot: HVPARAMS }],
    asks: 'queries.list',
    with: [['chroot'], { chroot: HVPARAMS }],
  },
  all_instances_info: {
    params: [['chroot'], { chroot: HVPARAMS }],
    asks: 'queries.allInfo',
    with: [['chroot'], { chroot: HVPARAMS }],
  },
  instance_usage: { params: ['inst1'], asks: 'queries.usage', with: ['inst1'] },
  instance_console_info: { params: [{ a: 1 }], asks: 'queries.consoles', with: [{ a: 1 }] },
  instance_migratable: { params: [INSTANCE], asks: 'queries.migratable', with: [INSTANCE] },
  instance_balloon_memory: {
    params: [INSTANCE, 32],
    asks: 'changes.balloonMemory',
    with: [INSTANCE, 32],
    lock: INSTANCE_LOCK,
  },
  instance_os_add: {
    params: [INSTANCE, true, 1],
    asks: 'osScripts.add',
    with: [INSTANCE, true, 1],
    lock: INSTANCE_LOCK,
  },
  hotplug_supported: { params: [INSTANCE], asks: 'changes.hotplugSupported', with: [INSTANCE] },
  hotplug_device: {
    params: [INSTANCE, 'hotadd', 'disk', DISK, null, 1],
    asks: 'changes.hotplugDevice',
    with: [
      INSTANCE,
      {
        action: 'hotadd',
        target: 'disk',
        device: DISK,
        devPath: '/srv/disk0',
        extra: null,
        sequence: 1,
      },
    ],
    lock: INSTANCE_LOCK,
  },
  resize_disk: {
    params: [INSTANCE, DISK, 80],
    asks: 'changes.resizeDisk',
    with: [INSTANCE, { disk: DISK, devPath: '/srv/disk0' }],
    lock: INSTANCE_LOCK,
  },
  node_info: {
    params: [null, [['chroot', HVPARAMS]]],
    asks: 'nodeInfo.get',
    with: [null, [['chroot', HVPARAMS]]],
  },
};
