import type { Thing } from '../../../src/calls/locks.js';
import { fileDisk, instanceWith } from '../storage/fixtures.js';

export const DISK = fileDisk('/srv/disk0');
export const INSTANCE = instanceWith([DISK], { name: 'inst1' });
export const TRAIL = [['gnt:client', '', 1]];
/** What every service answers. */
export const ANSWER = { devPath: '/srv/disk0' };
const HVPARAMS = { init_script: '/ganeti-chroot' };
const INSTANCE_LOCK = 'instance inst1';
const DISK_LOCK = { path: '/srv/disk0' };
const INSTANCE_AND_DISK_LOCKS = [INSTANCE_LOCK, DISK_LOCK];
const VOLUME = fileDisk('', { dev_type: 'plain', logical_id: ['xenvg', 'disk0'] });
const OTHER_DISK = fileDisk('/srv/disk1');
const BOTH_DISK_LOCKS = [{ path: '/srv/disk1' }, DISK_LOCK];
const DIRECTORY_LOCK = { path: '/srv/inst1' };

/** What a call is to ask of which service, and under which locks. */
export interface Row {
  readonly params: readonly unknown[];
  readonly asks: string;
  readonly with: readonly unknown[];
  readonly lock?: Thing | readonly Thing[];
  /** Whether the instance runs before. */
  readonly isRunning?: true;
  /** The step that is kept as the reason of the change. */
  readonly reason?: string;
}

const MIGRATION_ROWS: Readonly<Record<string, Row>> = {
  migration_info: { params: [INSTANCE], asks: 'hypervisor.migrationInfo', with: [INSTANCE] },
  accept_instance: {
    params: [INSTANCE, 'i', '10.0.0.1'],
    asks: 'hypervisor.acceptInstance',
    with: [INSTANCE, 'i', '10.0.0.1'],
    lock: INSTANCE_LOCK,
  },
  instance_migrate: {
    params: ['cluster', INSTANCE, '10.0.0.1', true],
    asks: 'hypervisor.migrateInstance',
    with: ['cluster', INSTANCE, '10.0.0.1', true],
    lock: INSTANCE_LOCK,
  },
  instance_finalize_migration_src: {
    params: [INSTANCE, true, false],
    asks: 'hypervisor.finalizeMigrationSource',
    with: [INSTANCE, true, false],
    lock: INSTANCE_LOCK,
  },
  instance_finalize_migration_dst: {
    params: [INSTANCE, 'i', true],
    asks: 'hypervisor.finalizeMigrationDst',
    with: [INSTANCE, 'i', true],
    lock: INSTANCE_LOCK,
  },
  instance_get_migration_status: {
    params: [INSTANCE],
    asks: 'hypervisor.getMigrationStatus',
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
    lock: [{ path: '/srv/disk1' }, { path: '/srv/b' }, DISK_LOCK, { path: '/srv/a' }],
  },
  blockdev_snapshot: {
    params: [VOLUME, null, 32],
    asks: 'diskChanges.snapshot',
    with: [VOLUME, { name: null, sizeMiB: 32 }],
    lock: [
      'disk plain ["xenvg","disk0"]',
      { path: '/dev/xenvg/disk0' },
      'disk plain ["xenvg","disk0.snap"]',
      { path: '/dev/xenvg/disk0.snap' },
    ],
  },
  blockdev_image: {
    params: [DISK, '/srv/disk1', 32],
    asks: 'diskContents.image',
    with: [DISK, '/srv/disk1', 32],
    lock: [DISK_LOCK, { path: '/srv/disk1' }],
  },
  blockdev_open: {
    params: ['inst1', [DISK], true],
    asks: 'diskOpening.open',
    with: ['inst1', [DISK], { exclusive: true }],
    lock: INSTANCE_AND_DISK_LOCKS,
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
  file_storage_dir_rename: {
    params: ['/srv/inst1', '/srv/inst2'],
    asks: 'fileStorageDirs.rename',
    with: ['/srv/inst1', '/srv/inst2'],
    lock: [DIRECTORY_LOCK, { path: '/srv/inst2' }],
  },
};

/** All calls but those that are elsewhere. */
export const ROWS: Readonly<Record<string, Row>> = {
  ...MIGRATION_ROWS,
  ...STORAGE_ROWS,
  instance_start: {
    params: [INSTANCE, true, TRAIL],
    asks: 'hypervisor.startInstance',
    with: [INSTANCE, ANSWER, true],
    lock: INSTANCE_AND_DISK_LOCKS,
    reason: 'start',
  },
  instance_shutdown: {
    params: [INSTANCE, 120, TRAIL],
    asks: 'hypervisor.stopInstance',
    with: [INSTANCE, { isRetry: false, timeoutMs: 120_000 }],
    lock: INSTANCE_LOCK,
    isRunning: true,
    reason: 'shutdown',
  },
  instance_reboot: {
    params: [INSTANCE, 'soft', 0.5, TRAIL],
    asks: 'hypervisor.rebootInstance',
    with: [INSTANCE, { timeoutMs: 500 }],
    lock: INSTANCE_AND_DISK_LOCKS,
    isRunning: true,
    reason: 'reboot',
  },
  instance_info: {
    params: ['inst1', 'chroot', HVPARAMS],
    asks: 'hypervisor.getInstanceInfo',
    with: ['inst1', HVPARAMS],
  },
  instance_list: {
    params: [['chroot'], { chroot: HVPARAMS }],
    asks: 'hypervisor.listInstances',
    with: [HVPARAMS],
  },
  all_instances_info: {
    params: [['chroot'], { chroot: HVPARAMS }],
    asks: 'hypervisor.getAllInstancesInfo',
    with: [HVPARAMS],
  },
  instance_usage: {
    params: ['inst1'],
    asks: 'hypervisor.getInstanceUsage',
    with: ['inst1'],
    isRunning: true,
  },
  instance_console_info: {
    params: [
      { inst1: { instance: INSTANCE, node: 'n', group: 'g', hvParams: HVPARAMS, beParams: {} } },
    ],
    asks: 'hypervisor.getInstanceConsole',
    with: [INSTANCE, { primaryNode: 'n', nodeGroup: 'g', hvparams: HVPARAMS, beparams: {} }],
  },
  instance_migratable: {
    params: [INSTANCE],
    asks: 'hypervisor.listInstances',
    with: [INSTANCE.hvparams],
    isRunning: true,
  },
  instance_balloon_memory: {
    params: [INSTANCE, 32],
    asks: 'hypervisor.balloonInstanceMemory',
    with: [INSTANCE, 32],
    lock: INSTANCE_LOCK,
    isRunning: true,
  },
  hotplug_supported: { params: [INSTANCE], asks: 'hypervisor.hotplugSupported', with: [INSTANCE] },
  hotplug_device: {
    params: [INSTANCE, 'hotadd', 'disk', DISK, null, 1],
    asks: 'hypervisor.hotAddDevice',
    with: [
      INSTANCE,
      { target: 'disk', device: DISK, devPath: '/srv/disk0', extra: null, sequence: 1 },
    ],
    lock: INSTANCE_AND_DISK_LOCKS,
  },
  resize_disk: {
    params: [INSTANCE, DISK, 80],
    asks: 'hypervisor.resizeDisk',
    with: [INSTANCE, { disk: DISK, devPath: '/srv/disk0' }],
    lock: INSTANCE_AND_DISK_LOCKS,
    isRunning: true,
  },
  node_info: {
    params: [null, [['chroot', HVPARAMS]]],
    asks: 'hypervisor.getNodeInfo',
    with: [HVPARAMS],
  },
};
