import { UNEXPECTED } from '../../../contract/expectations/meant-difference.js';
import {
  byVersion,
  CHECKED,
  inOtherWords,
  type MeantDifferences,
  MISSING_IS_SAID,
  onlyIn,
  otherwise,
} from './meant-difference.js';

const ROOT = '/var/run/ganeti/chroot-hypervisor/inst1.noded.test';

const NOT_RUNNING = 'The start asks this first: because of the failure, 3.0.2 can start no chroot.';
const PLUGGABLE = 'Disks can be plugged into a chroot that runs.';
const SYNTAX = 'The node checks the syntax too; in Ganeti only the master does.';
const NOT_GANETIS = 'Not a call of Ganeti, whose daemon breaks while it writes its 404.';
const CONSOLE = onlyIn('3.0', [
  {
    path: '/1/inst1.noded.test/command',
    stock: ['chroot', ROOT],
    ours: ['chroot', ROOT, '/bin/sh'],
    why: "The shell is named: chroot(1) would run the caller's, which the image may not have.",
  },
]);

/** Of what is asked in instance-requests.ts. */
export const INSTANCE_DIFFERENCES: MeantDifferences = {
  all_instances_info: {
    'without their parameters': inOtherWords(
      MISSING_IS_SAID,
      `${UNEXPECTED} 'chroot'`,
      "No parameters are given for hypervisor 'chroot'",
    ),
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 2, got 1)`,
      'Invalid parameters for all_instances_info: expected 2 parameters (hypervisor_list, all_hvparams), got 1',
    ),
    'of a hypervisor that is a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 1`,
      'Invalid parameters for all_instances_info: /hypervisor_list/0 must be string',
    ),
  },
  instance_list: {
    'without their parameters': inOtherWords(
      MISSING_IS_SAID,
      `${UNEXPECTED} 'chroot'`,
      "No parameters are given for hypervisor 'chroot'",
    ),
    'with a parameter too many': inOtherWords(
      CHECKED,
      `${UNEXPECTED} too many values to unpack (expected 2)`,
      'Invalid parameters for instance_list: expected 2 parameters (hypervisor_list, hvparams), got 3',
    ),
    'of null': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'NoneType' object is not iterable`,
      'Invalid parameters for instance_list: /hypervisor_list must be array',
    ),
  },
  instance_info: {
    'of one that is stopped': onlyIn(
      '3.0',
      otherwise(
        NOT_RUNNING,
        [false, `${UNEXPECTED} Instance inst2.noded.test is not running`],
        [true, {}],
      ),
    ),
    'of one that is not there': onlyIn(
      '3.0',
      otherwise(
        NOT_RUNNING,
        [false, `${UNEXPECTED} Instance inst3.noded.test is not running`],
        [true, {}],
      ),
    ),
    'of a name that leads elsewhere': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Invalid parameters to PathJoin: '('/var/run/ganeti/chroot-hypervisor', '../../etc')'`,
      'Invalid parameters for instance_info: /instance must match pattern "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,240}$"',
    ),
    'of a name that is absolute': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Error: path joining resulted in different prefix (/etc != /var/run/ganeti/chroot-hypervisor)`,
      'Invalid parameters for instance_info: /instance must match pattern "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,240}$"',
    ),
    'of a name that is a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} join() argument must be str, bytes, or os.PathLike object, not 'int'`,
      'Invalid parameters for instance_info: /instance must be string',
    ),
    'without parameters': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 3, got 0)`,
      'Invalid parameters for instance_info: expected 3 parameters (instance, hname, hvparams), got 0',
    ),
  },
  instance_migratable: {
    'of a name alone': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'str' object has no attribute 'get'`,
      'Invalid parameters for instance_migratable: /instance must be object',
    ),
  },
  instance_get_migration_status: {
    'of nothing': inOtherWords(
      CHECKED,
      `${UNEXPECTED} list index out of range`,
      'Invalid parameters for instance_get_migration_status: expected 1 parameter (instance), got 0',
    ),
  },
  migration_info: {
    'of null': inOtherWords(
      CHECKED,
      `${UNEXPECTED} argument of type 'NoneType' is not iterable`,
      'Invalid parameters for migration_info: /instance must be object',
    ),
  },
  instance_console_info: {
    'of one that runs': CONSOLE,
    'with a port of the node': CONSOLE,
    'of an array': otherwise(
      CHECKED,
      [true, {}],
      [false, 'Invalid parameters for instance_console_info: /instance_param_dict must be object'],
    ),
    'of one without its node': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'node'`,
      "Invalid parameters for instance_console_info: /instance_param_dict/inst1.noded.test must have required property 'node'",
    ),
  },
  hotplug_supported: {
    'of one that runs': otherwise(
      PLUGGABLE,
      [false, 'Hotplug is not supported: Hotplug is not supported by this hypervisor'],
      [true, null],
    ),
    'of one that is not there': inOtherWords(
      PLUGGABLE,
      'Hotplug is not supported: Hotplug is not supported by this hypervisor',
      'Hotplug is not supported: Instance is probably down',
    ),
    'of a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} argument of type 'int' is not iterable`,
      'Invalid parameters for hotplug_supported: /instance must be object',
    ),
  },
  hypervisor_validate_params: {
    'with a relative path': otherwise(
      SYNTAX,
      [true, null],
      [
        false,
        "Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: 'ganeti-chroot')",
      ],
    ),
    'with a path that is not normal': otherwise(
      SYNTAX,
      [true, null],
      [
        false,
        "Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: '/a/../b')",
      ],
    ),
    'with a parameter that is unknown': otherwise(
      SYNTAX,
      [true, null],
      [false, "Parameter 'colour' is not supported"],
    ),
    'without a script': inOtherWords(
      MISSING_IS_SAID,
      `${UNEXPECTED} 'init_script'`,
      "Parameter 'init_script' is missing",
    ),
    'with a script that is a number': otherwise(
      SYNTAX,
      [true, null],
      [
        false,
        "Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: '1')",
      ],
    ),
    'that are a text': inOtherWords(
      CHECKED,
      `${UNEXPECTED} string indices must be integers, not 'str'`,
      'Invalid parameters for hypervisor_validate_params: /hvfull must be object',
    ),
  },
  hypervisor_verify: {
    'of chroots': otherwise(NOT_GANETIS, 'no reply', [true, null]),
  },
  instance_usage: {
    'of one that is stopped': otherwise(NOT_GANETIS, 'no reply', [
      false,
      'Instance inst2.noded.test is not running',
    ]),
  },
  impexp_status: {
    'of one that was cut short': inOtherWords(
      'It names the file, where Ganeti passes on what its parser says.',
      byVersion({
        '3.0': `${UNEXPECTED} Expecting ',' delimiter or '}': line 2 column 1 (char 13)`,
        '3.1': `${UNEXPECTED} Expecting ',' delimiter: line 2 column 1 (char 13)`,
      }),
      "The status file '/var/run/ganeti/import-export/torn/status' is not JSON",
    ),
    'of a name that leads elsewhere': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Invalid parameters to PathJoin: '('/var/run/ganeti/import-export', '../../../etc', 'status')'`,
      'Invalid parameters for impexp_status: /names/0 must match pattern "^(?!\\.{1,2}$)[^/\\u0000]{1,255}$"',
    ),
    'of a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} join() argument must be str, bytes, or os.PathLike object, not 'int'`,
      'Invalid parameters for impexp_status: /names/0 must be string',
    ),
    'of a text': otherwise(
      CHECKED,
      [true, [null, null, null, null]],
      [false, 'Invalid parameters for impexp_status: /names must be array'],
    ),
  },
};
