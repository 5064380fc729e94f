import { type MeantDifference, UNEXPECTED } from './meant-difference.js';

const STORAGE = '/srv/ganeti/file-storage/inst1.lab.test';
const DISK0 = `disk/0 (${STORAGE}/disk0)`;
const DISK_NAMES =
  'A disk is called by its name and path, not by its UUID or the inside of a Python object.';

export const STORAGE_DIFFERENCES: readonly MeantDifference[] = [
  {
    exchanges: ['exchanges/extstorage_diagnose.jsonl:2'],
    path: '/1/0/3',
    ours: "File 'create' under path '/srv/ganeti/extstorage/half' is missing (No such file or directory)",
    reason: 'Errors of the system are said in words, not by the names of their numbers.',
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
      'Paths of directories are checked, as those of disks: Ganeti means to, and forgets the outcome.',
  },
  {
    exchanges: ['exchanges/file_storage_dir_create.jsonl:4'],
    path: '',
    ours: [
      false,
      `${UNEXPECTED} Path '/srv/elsewhere/inst1.lab.test' is not acceptable for file storage`,
    ],
    reason:
      'Paths of directories are checked, as those of disks: Ganeti means to, and forgets the outcome.',
  },
  {
    exchanges: ['exchanges/blockdev_convert.jsonl:2'],
    path: '/1',
    ours: `Cannot copy from device '${DISK0}': device not found`,
    reason: DISK_NAMES,
  },
  {
    exchanges: ['exchanges/blockdev_open.jsonl:2'],
    path: '/1',
    ours: `Can't find device ${DISK0}`,
    reason: DISK_NAMES,
  },
  {
    exchanges: ['exchanges/blockdev_pause_resume_sync.jsonl:2'],
    path: '/1/0/1',
    ours: `Cannot change sync for device ${DISK0}: device not found`,
    reason: DISK_NAMES,
  },
  {
    exchanges: ['exchanges/blockdev_rename.jsonl:3'],
    path: '/1',
    ours: `Can't find device ${DISK0} in rename`,
    reason: DISK_NAMES,
  },
  {
    exchanges: ['exchanges/blockdev_snapshot.jsonl:3'],
    path: '/1',
    ours: `Cannot snapshot block device '${DISK0}' of type 'file'`,
    reason: DISK_NAMES,
  },
  {
    exchanges: ['exchanges/storage_modify.jsonl:2'],
    path: '/1',
    ours: 'Unable to modify the following fields: size',
    reason: 'A wish that cannot be granted is a failure of the call, not a mistake in the program.',
  },
  {
    exchanges: ['exchanges/storage_execute.jsonl:2'],
    path: '/1',
    ours: "Unknown storage type: 'tape'",
    reason: 'A wish that cannot be granted is a failure of the call, not a mistake in the program.',
  },
];
