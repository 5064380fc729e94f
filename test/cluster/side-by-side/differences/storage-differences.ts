import { UNEXPECTED } from '../../../contract/expectations/meant-difference.js';
import { STORAGE } from '../requests/objects.js';
import {
  byVersion,
  CHECKED,
  DISK_NAMES,
  inOtherWords,
  IS_A_FAILURE,
  type MeantDifferences,
  NO_BLANKS,
  NO_SYMBOLS,
  NOT_SERVED,
  otherwise,
} from './meant-difference.js';

const FILES_ONLY =
  'A link could put any file of the node in place of a disk, and a directory is none.';
const HALF = '/srv/ganeti/extstorage/half';
const PYTHON_DISK = `<Disk(type=file, logical_id=('loop', '${STORAGE}/missing'), children=[], visible as /dev/disk/0, size=64m)>`;

/** Of what is asked in storage-requests.ts. */
export const STORAGE_DIFFERENCES: MeantDifferences = {
  bdev_sizes: {
    'of what is no device': otherwise(
      'What is no device is left out, whatever its path.',
      [false, `${UNEXPECTED} Provided paths '/dev/' and '' are not absolute`],
      [true, {}],
    ),
    'of a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} expected str, bytes or os.PathLike object, not int`,
      'Invalid parameters for bdev_sizes: /devices/0 must be string',
    ),
    'of null': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'NoneType' object is not iterable`,
      'Invalid parameters for bdev_sizes: /devices must be array',
    ),
  },
  blockdev_find: {
    'of a link': otherwise(
      FILES_ONLY,
      [
        true,
        {
          dev_path: '/srv/ganeti/file-storage/inst1.noded.test/link',
          is_degraded: false,
          ldisk_status: 1,
        },
      ],
      [
        false,
        'Failed to find device: /srv/ganeti/file-storage/inst1.noded.test/link: not a regular file',
      ],
    ),
    'of a directory': otherwise(
      FILES_ONLY,
      [true, null],
      [
        false,
        'Failed to find device: /srv/ganeti/file-storage/inst1.noded.test/directory: not a regular file',
      ],
    ),
    'of a file with a relative path': inOtherWords(
      'It names what is wrong.',
      `${UNEXPECTED} Path 'disk0' uses a forbidden prefix`,
      `${UNEXPECTED} File storage path must be absolute, got 'disk0'`,
    ),
    'of a volume of a provider that is half there': inOtherWords(
      NO_SYMBOLS,
      "Failed to find device: File 'create' under path '/srv/ganeti/extstorage/half' is missing (ENOENT)",
      "Failed to find device: File 'create' under path '/srv/ganeti/extstorage/half' is missing (No such file or directory)",
    ),
    'of a logical volume with a bad name': otherwise(
      'LVM refuses the name too, and tools take it for an option.',
      [true, null],
      [false, "Failed to find device: Invalid LVM name '-disk'"],
    ),
    'of a device outside of /dev': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Full path '/etc/hosts' lies outside /dev`,
      "Failed to find device: Full path '/etc/hosts' lies outside /dev",
    ),
    'of an instance without disks': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Invalid block device type 'diskless'`,
      'Invalid parameters for blockdev_find: /disk/logical_id must be array',
    ),
    'of an unknown template': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} Invalid block device type 'tape'`,
      "Failed to find device: Disk template 'tape' is not served",
    ),
    'of DRBD': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} Invalid dynamic parameters {}`,
      "Failed to find device: Disk template 'drbd' is not served",
    ),
    'of RBD': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} 'pool'`,
      "Failed to find device: Disk template 'rbd' is not served",
    ),
    'of Gluster': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} 'host'`,
      "Failed to find device: Disk template 'gluster' is not served",
    ),
    'of a file with half a place': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Invalid configuration data ('loop',)`,
      'Failed to find device: Invalid configuration data ["loop"]',
    ),
    'of a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Invalid object passed to FromDict: expected dict, got <class 'int'>`,
      'Invalid parameters for blockdev_find: /disk must be object',
    ),
    'of nothing': inOtherWords(
      CHECKED,
      `${UNEXPECTED} list index out of range`,
      'Invalid parameters for blockdev_find: expected 1 parameter (disk), got 0',
    ),
  },
  blockdev_getdimensions: {
    'of a text': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Invalid object passed to FromDict: expected dict, got <class 'str'>`,
      'Invalid parameters for blockdev_getdimensions: /disks must be array',
    ),
  },
  blockdev_getmirrorstatus: {
    'of a file that is missing': inOtherWords(
      DISK_NAMES,
      `Can't find device ${PYTHON_DISK}`,
      `Can't find device disk/0 (${STORAGE}/missing)`,
    ),
    'of a volume of a provider that is missing': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Directory for External Storage Provider missing not found in search path`,
      'Directory for External Storage Provider missing not found in search path',
    ),
    'of null': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Invalid object passed to FromDict: expected dict, got <class 'NoneType'>`,
      'Invalid parameters for blockdev_getmirrorstatus: /disks/0 must be object',
    ),
  },
  blockdev_getmirrorstatus_multi: {
    'of a file that is missing': [
      {
        path: '/1/0/1',
        stock: `Can't find device ${PYTHON_DISK}`,
        ours: `Can't find device disk/0 (${STORAGE}/missing)`,
        why: DISK_NAMES,
      },
    ],
    'without disks': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 1, got 0)`,
      'Invalid parameters for blockdev_getmirrorstatus_multi: expected 1 parameter (node_disks), got 0',
    ),
  },
  drbd_helper: {
    'where there is no DRBD': inOtherWords(
      NOT_SERVED,
      "The file /sys/module/drbd/parameters/usermode_helper cannot be opened, check if the module is loaded ([Errno 2] No such file or directory: '/sys/module/drbd/parameters/usermode_helper')",
      'DRBD is not served by this node daemon (drbd_helper)',
    ),
  },
  drbd_needs_activation: {
    'of DRBD': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} Invalid dynamic parameters {}`,
      'DRBD is not served by this node daemon (drbd_needs_activation)',
    ),
    'of a file': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} 'FileStorage' object has no attribute 'GetProcStatus'`,
      'DRBD is not served by this node daemon (drbd_needs_activation)',
    ),
    'of none': otherwise(
      NOT_SERVED,
      [true, []],
      [false, 'DRBD is not served by this node daemon (drbd_needs_activation)'],
    ),
  },
  drbd_wait_sync: {
    'of DRBD': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} Invalid dynamic parameters {}`,
      'DRBD is not served by this node daemon (drbd_wait_sync)',
    ),
    'of a file': inOtherWords(
      NOT_SERVED,
      `${UNEXPECTED} 'FileStorage' object has no attribute 'GetProcStatus'`,
      'DRBD is not served by this node daemon (drbd_wait_sync)',
    ),
    'of none': otherwise(
      NOT_SERVED,
      [true, [true, 100]],
      [false, 'DRBD is not served by this node daemon (drbd_wait_sync)'],
    ),
  },
  extstorage_diagnose: {
    'of all providers': [
      {
        path: '/1/2/3',
        stock: `File 'create' under path '${HALF}' is missing (ENOENT)`,
        ours: `File 'create' under path '${HALF}' is missing (No such file or directory)`,
        why: NO_SYMBOLS,
      },
    ],
  },
  lv_list: {
    'of a group that is missing': inOtherWords(
      NO_BLANKS,
      'Failed to list logical volumes, lvs output:   Volume group "xenvg" not found\n  Cannot process volume group xenvg\n',
      'Failed to list logical volumes, lvs output: Volume group "xenvg" not found\n  Cannot process volume group xenvg',
    ),
    'of a group with a bad name': otherwise(
      CHECKED,
      [true, {}],
      [
        false,
        'Invalid parameters for lv_list: /vg_name/0 must match pattern "^(?!\\.{1,2}$)[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,127}$"',
      ],
    ),
    'of a number': inOtherWords(
      CHECKED,
      'Failed to list logical volumes, lvs output:   Volume group "1" not found\n  Cannot process volume group 1\n',
      'Invalid parameters for lv_list: /vg_name/0 must be string',
    ),
  },
  storage_list: {
    'of a directory that is not allowed': otherwise(
      'Only directories that the node allows are listed.',
      [true, [['/etc']]],
      [false, `${UNEXPECTED} Path '/etc' uses a forbidden prefix`],
    ),
    'of an unknown field': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Unknown field: 'colour'`,
      "Unknown field: 'colour'",
    ),
    'of an unknown kind': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Unknown storage type: 'tape'`,
      "Unknown storage type: 'tape'",
    ),
    'of a volume group that is missing': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Failed to run 'vgs', command output:   Volume group "xenvg" not found\n  Cannot process volume group xenvg\n`,
      'Failed to run \'vgs\', command output: Volume group "xenvg" not found\n  Cannot process volume group xenvg',
    ),
    'of an unknown field of volume groups': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} 'colour'`,
      "Unknown field: 'colour'",
    ),
    'without its directories': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} FileStorage.__init__() missing 1 required positional argument: 'paths'`,
      'File storage is listed by directories, and there are none',
    ),
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 4, got 3)`,
      'Invalid parameters for storage_list: expected 4 parameters (su_name, su_args, name, fields), got 3',
    ),
  },
  export_info: {
    'of a relative path': inOtherWords(
      'Exports are read in their directory only, and elsewhere there are none.',
      `${UNEXPECTED} Invalid parameter to PathJoin: 'inst1.noded.test'`,
      "Export info file doesn't have the required fields",
    ),
    'of a number': inOtherWords(
      CHECKED,
      byVersion({
        '3.0': `${UNEXPECTED} expected str, bytes or os.PathLike object, not int`,
        '3.1': `${UNEXPECTED} _path_normpath: path should be string, bytes or os.PathLike, not int`,
      }),
      'Invalid parameters for export_info: /path must be string',
    ),
  },
};
