import type { Scene } from './support/exchanges.js';

const RUNS_INST1: Scene = { runs: ['inst1.lab.test'] };

/** What was there when exchanges were recorded; where nothing is said, the disks of the request and no instance. */
export const RECORDED_SCENES: Readonly<Record<string, Scene>> = {
  'corpus/all_instances_info.jsonl:3': RUNS_INST1,
  'corpus/all_instances_info.jsonl:4': { runs: ['inst5.lab.test'] },
  'corpus/blockdev_create.jsonl:1': { disks: 'missing' },
  'corpus/blockdev_create.jsonl:2': { disks: 'missing' },
  'corpus/file_storage_dir_remove.jsonl:1': {
    folders: ['/srv/ganeti/file-storage/inst1.lab.test'],
  },
  'corpus/instance_console_info.jsonl:2': RUNS_INST1,
  'corpus/instance_info.jsonl:1': RUNS_INST1,
  'corpus/instance_os_add.jsonl:1': { disks: 'blank' },
  'corpus/instance_os_add.jsonl:2': { disks: 'blank' },
  'corpus/instance_reboot.jsonl:1': RUNS_INST1,
  'corpus/instance_reboot.jsonl:2': RUNS_INST1,
  'corpus/instance_shutdown.jsonl:3': RUNS_INST1,
};

/** Where in a call's reply another node has another value, of the same type. */
export const NODE_VALUES: Readonly<Record<string, readonly RegExp[]>> = {
  instance_usage: [/^\/1\/\w+$/],
  // The boot id; memory and processors.
  node_info: [/^\/1\/0$/, /^\/1\/2\/\d+\/(memory|cpu)_\w+$/],
};

/** Where our reply is meant to differ from Ganeti's. */
export interface MeantDifference {
  /** Files and lines below test/data. */
  readonly exchanges: readonly string[];
  /** JSON pointer into the reply; all of it when empty. */
  readonly path: '' | '/1' | `/1/${string}`;
  readonly ours: unknown;
  readonly reason: string;
}

const STORAGE = '/srv/ganeti/file-storage/inst1.lab.test';
const ROOT = '/var/run/ganeti/chroot-hypervisor/inst1.lab.test';
const UNEXPECTED = 'Error while executing backend function:';

export const MEANT_DIFFERENCES: readonly MeantDifference[] = [
  {
    exchanges: ['corpus/instance_reboot.jsonl:2'],
    path: '',
    ours: [true, null],
    reason: 'A soft reboot works: the root stays mounted, all else begins anew.',
  },
  {
    exchanges: [
      'corpus/instance_console_info.jsonl:2',
      'exchanges/instance_console_info.jsonl:1',
      'exchanges/instance_console_info.jsonl:2',
    ],
    path: '/1/inst1.lab.test/command',
    ours: ['chroot', ROOT, '/bin/sh'],
    reason: "The shell is named: chroot(1) would run the caller's, which the image may not have.",
  },
  {
    exchanges: ['corpus/instance_start.jsonl:2'],
    path: '/1',
    ours:
      "Hypervisor error: Can't run the chroot start script: " +
      "chroot: failed to run command '/sbin/init2': No such file or directory",
    reason: 'What a program said is quoted without the line break at its end.',
  },
  {
    exchanges: ['exchanges/instance_start.jsonl:4'],
    path: '/1',
    ours:
      `Hypervisor error: Can't mount the chroot dir: mount: ${ROOT}: ` +
      'wrong fs type, bad option, bad superblock on /dev/loop7, ' +
      'missing codepage or helper program, or other error.\n' +
      '       dmesg(1) may have more information after failed mount system call.',
    reason: 'What a program said is quoted without the line break at its end.',
  },
  {
    exchanges: ['exchanges/instance_start.jsonl:3'],
    path: '/1',
    ours: `Block device error: Block device 'disk/0 (${STORAGE}/disk0)' is not set up.`,
    reason: 'A disk is called by its name and path, not by the inside of a Python object.',
  },
  {
    exchanges: ['exchanges/blockdev_create.jsonl:1'],
    path: '/1',
    ours: `Can't create block device: ${STORAGE}/disk0: can't create: File already exists`,
    reason: 'Errors of the system have no number, and do not say the path again.',
  },
  {
    exchanges: ['exchanges/file_storage_dir_remove.jsonl:2'],
    path: '/1',
    ours: `Cannot remove file storage directory '${STORAGE}': Directory not empty`,
    reason: 'Errors of the system have no number, and do not say the path again.',
  },
  {
    exchanges: ['exchanges/blockdev_create.jsonl:4'],
    path: '/1',
    ours: "Can't create block device: File device requested with exclusive_storage",
    reason: 'A wish that cannot be granted is a failure of the disk, not a mistake in the program.',
  },
  {
    exchanges: ['exchanges/file_storage_dir_create.jsonl:3'],
    path: '',
    ours: [false, `${UNEXPECTED} Path '/usr/lib/inst1.lab.test' uses a forbidden prefix`],
    reason:
      'Paths of folders are checked, as those of disks: Ganeti means to, and forgets the outcome.',
  },
  {
    exchanges: ['exchanges/file_storage_dir_create.jsonl:4'],
    path: '',
    ours: [
      false,
      `${UNEXPECTED} Path '/srv/elsewhere/inst1.lab.test' is not acceptable for file storage`,
    ],
    reason:
      'Paths of folders are checked, as those of disks: Ganeti means to, and forgets the outcome.',
  },
  {
    exchanges: ['exchanges/hypervisor_validate_params.jsonl:2'],
    path: '',
    ours: [
      false,
      "Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: 'ganeti-chroot')",
    ],
    reason: 'The node checks the syntax too; in Ganeti only the master does.',
  },
  {
    exchanges: ['exchanges/hypervisor_validate_params.jsonl:3'],
    path: '/1',
    ours: "Parameter 'init_script' is missing",
    reason: 'What is missing is said, where Ganeti stumbles over a key.',
  },
  {
    exchanges: ['exchanges/all_instances_info.jsonl:2', 'exchanges/instance_list.jsonl:5'],
    path: '/1',
    ours: "No parameters are given for hypervisor 'chroot'",
    reason: 'What is missing is said, where Ganeti stumbles over a key.',
  },
  {
    exchanges: ['corpus/node_info.jsonl:1'],
    path: '',
    ours: [false, "Storage reporting is not served yet (storage unit 'file')"],
    reason: 'Storage reporting is not served yet.',
  },
];
