import { type MeantDifference, UNEXPECTED } from './meant-difference.js';

const STORAGE = '/srv/ganeti/file-storage/inst1.lab.test';
const ROOT = '/var/run/ganeti/chroot-hypervisor/inst1.lab.test';

export const INSTANCE_DIFFERENCES: readonly MeantDifference[] = [
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
      `Hypervisor error: Can't mount the chroot dir: ${STORAGE}/disk0: ` +
      'it holds no file system of a known kind',
    reason: 'No program mounts: the failure names the disk, and says what is wrong with it.',
  },
  {
    exchanges: ['exchanges/instance_start.jsonl:3'],
    path: '/1',
    ours: `Block device error: Block device 'disk/0 (${STORAGE}/disk0)' is not set up.`,
    reason: 'A disk is called by its name and path, not by the inside of a Python object.',
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
    exchanges: ['exchanges/hotplug_device.jsonl:1'],
    path: '/1',
    ours: `${UNEXPECTED} Disk ${STORAGE}/disk0 is in use by /dev/loop7`,
    reason: 'Disks can be plugged into a chroot that runs, but not the one that it runs on.',
  },
  {
    exchanges: ['exchanges/hotplug_device.jsonl:3'],
    path: '',
    ours: [true, null],
    reason: 'A chroot has the network interfaces of the host, and there is nothing to plug.',
  },
  {
    exchanges: ['exchanges/hotplug_device.jsonl:2'],
    path: '/1',
    ours: `${UNEXPECTED} The first disk is the root of the chroot, it cannot be removed`,
    reason: 'Disks can be taken from a chroot that runs, but not the one that it runs on.',
  },
  {
    exchanges: ['exchanges/hotplug_supported.jsonl:1'],
    path: '',
    ours: [true, null],
    reason: 'Disks can be plugged into a chroot that runs.',
  },
  {
    exchanges: ['exchanges/hypervisor_validate_params.jsonl:5'],
    path: '',
    ours: [
      false,
      "Parameter 'migration_mode' fails syntax check: invalid migration mode (current value: 'sideways')",
    ],
    reason: 'The node checks the syntax too; in Ganeti only the master does.',
  },
  {
    exchanges: ['exchanges/hypervisor_validate_params.jsonl:6'],
    path: '/1',
    ours: "Parameter 'migration_mode' is missing",
    reason: 'What is missing is said, where Ganeti stumbles over a key.',
  },
];
