import { disk, extDisk, fileDisk, logicalVolume, STORAGE } from './objects.js';
import type { Requests } from './requests.js';

const DISK0 = fileDisk(`${STORAGE}/disk0`);
const DISK1 = fileDisk(`${STORAGE}/disk1`, { iv_name: 'disk/1', size: 33 });
const MISSING = fileDisk(`${STORAGE}/missing`);
const ELSEWHERE = fileDisk('/srv/elsewhere/disk0');
const VOLUME = logicalVolume('xenvg', 'disk0');
const DRBD = disk('drbd', ['node1', 'node2', 11000, 0, 0, 'secret'], {
  children: [VOLUME, logicalVolume('xenvg', 'disk0_meta')],
});
const FIELDS = ['name', 'size', 'used', 'free', 'allocatable'];

/** All that is asked about disks and what they lie on. */
export const STORAGE_REQUESTS: Requests = {
  bdev_sizes: {
    'of a device': ({ loopDevice }) => [[loopDevice]],
    'of what is no device': [['/dev/null', '/dev/missing', '/etc/hosts', '/dev', '']],
    'of a path that leads elsewhere': ({ loopDevice }) => [[`/dev/../dev${loopDevice.slice(4)}`]],
    'of none': [[]],
    'of a number': [[1]],
    'of null': [null],
  },
  blockdev_find: {
    'of a file': [DISK0],
    'of a file of another size': [fileDisk(`${STORAGE}/disk1`)],
    'of a file that is missing': [MISSING],
    'of a link': [fileDisk(`${STORAGE}/link`)],
    'of a directory': [fileDisk(`${STORAGE}/directory`)],
    'of a file that is not allowed': [ELSEWHERE],
    'of a file with a relative path': [fileDisk('disk0')],
    'of a shared file that is missing': [
      disk('sharedfile', ['loop', '/srv/ganeti/shared-file-storage/missing']),
    ],
    'of a volume of a provider': [extDisk('attached', 'volume')],
    'of a volume of a provider that fails': [extDisk('broken', 'volume')],
    'of a volume of a provider that is half there': [extDisk('half', 'volume')],
    'of a volume of a provider that is missing': [extDisk('missing', 'volume')],
    'of a logical volume that is missing': [VOLUME],
    'of a logical volume with a bad name': [logicalVolume('xenvg', '-disk')],
    'of a device that is adopted and missing': [disk('blockdev', ['manual', '/dev/missing'])],
    'of a device that is adopted': ({ loopDevice }) => [disk('blockdev', ['manual', loopDevice])],
    'of a device outside of /dev': [disk('blockdev', ['manual', '/etc/hosts'])],
    'of an instance without disks': [disk('diskless', null)],
    'of an unknown template': [disk('tape', ['a'])],
    'of DRBD': [DRBD],
    'of RBD': [disk('rbd', ['rbd', 'volume'])],
    'of Gluster': [disk('gluster', ['file', 'volume'])],
    'of a file with half a place': [disk('file', ['loop'])],
    'of a number': [1],
    'of nothing': [],
  },
  blockdev_getdimensions: {
    'of files': [[DISK0, DISK1]],
    'of a file that is missing': [[DISK0, MISSING]],
    'of a file that is not allowed': [[ELSEWHERE]],
    'of a volume of a provider': [[extDisk('attached', 'volume')]],
    'of a logical volume that is missing': [[VOLUME]],
    'of none': [[]],
    'of a text': ['disk0'],
  },
  blockdev_getmirrorstatus: {
    'of files': [[DISK0, DISK1]],
    'of a file that is missing': [[DISK0, MISSING]],
    'of a volume of a provider that is missing': [[extDisk('missing', 'volume')]],
    'of none': [[]],
    'of null': [[null]],
  },
  blockdev_getmirrorstatus_multi: {
    'of files': [[DISK0, DISK1]],
    'of a file that is missing': [[MISSING, DISK0]],
    'of a file that is not allowed': [[ELSEWHERE, DISK0]],
    'of a volume of a provider that fails': [[extDisk('broken', 'volume')]],
    'of none': [[]],
    'without disks': [],
  },
  drbd_helper: { 'where there is no DRBD': [] },
  drbd_needs_activation: {
    'of DRBD': [[DRBD]],
    'of a file': [[DISK0]],
    'of none': [[]],
  },
  drbd_wait_sync: {
    'of DRBD': [[DRBD]],
    'of a file': [[DISK0]],
    'of none': [[]],
  },
  extstorage_diagnose: { 'of all providers': [] },
  lv_list: {
    'of all groups': [[]],
    'of a group that is missing': [['xenvg']],
    'of a group with a bad name': [['-a']],
    'of a number': [[1]],
  },
  node_volumes: { 'where there are none': [] },
  vg_list: { 'where there are none': [] },
  storage_list: {
    'of a directory': ['file', [['/srv/ganeti/file-storage']], null, FIELDS],
    'of a directory by name': ['file', [[]], '/srv/ganeti/file-storage', ['name', 'used']],
    'of fields in another order': ['file', [['/srv/ganeti/file-storage']], null, ['used', 'name']],
    'of a directory for shared files': [
      'sharedfile',
      [['/srv/ganeti/shared-file-storage']],
      null,
      ['name', 'allocatable'],
    ],
    'of a directory that is not allowed': ['file', [['/etc']], null, ['name']],
    'of no directory': ['file', [[]], null, FIELDS],
    'of an unknown field': ['file', [['/srv/ganeti/file-storage']], null, ['colour']],
    'of an unknown kind': ['tape', [], null, FIELDS],
    'of physical volumes': ['lvm-pv', [], null, FIELDS],
    'of volume groups': ['lvm-vg', [], null, FIELDS],
    'of a volume group that is missing': ['lvm-vg', [], 'xenvg', FIELDS],
    'of an unknown field of volume groups': ['lvm-vg', [], null, ['colour']],
    'without its directories': ['file', [], null, FIELDS],
    'with a parameter too few': ['file', [[]], null],
  },
  export_info: {
    'of one that is there': ['/var/lib/ganeti/export/inst1.noded.test'],
    'of one that is not whole': ['/var/lib/ganeti/export/inst2.noded.test'],
    'of one that is missing': ['/var/lib/ganeti/export/inst3.noded.test'],
    'of a directory that holds none': ['/etc'],
    'of a relative path': ['inst1.noded.test'],
    'of a number': [1],
  },
  export_list: {
    'of those that are there': [],
    'with a body that is an object': () => ({}),
    'where there is no directory of exports': [],
  },
};
