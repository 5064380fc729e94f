import { readFileSync } from 'node:fs';
import { UNEXPECTED } from '../../../contract/expectations/meant-difference.js';
import {
  byVersion,
  CHECKED,
  inOtherWords,
  IS_A_FAILURE,
  type MeantDifference,
  type MeantDifferences,
  MISSING_IS_SAID,
  NO_NUMBERS,
  NO_PYTHON,
  NO_SYMBOLS,
  otherwise,
} from './meant-difference.js';

/** Of this machine, on which all hosts run. */
const BOOT_ID = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const STUMBLES = 'Ganeti stumbles here, and reports nothing of what it was asked to check.';
const FUTURE = "API version mismatch for path '/srv/ganeti/os/future': found [99], want";
const INTEGER = "API version(s) can't be converted to integer:";
const EMPTY = "Required file 'ganeti_api_version' not found under path /srv/ganeti/os/empty:";

/** What is said of the definitions that cannot be used, within the list of all. */
const SYSTEMS = [
  { row: 2, stock: `${EMPTY} ENOENT`, ours: `${EMPTY} No such file or directory`, why: NO_SYMBOLS },
  {
    row: 3,
    stock: `${FUTURE} frozenset({10, 20, 15}).`,
    ours: `${FUTURE} [10, 15, 20].`,
    why: NO_PYTHON,
  },
  {
    row: 6,
    stock: `${INTEGER} invalid literal for int() with base 10: 'twenty'`,
    ours: `${INTEGER} 'twenty' is not a number`,
    why: NO_PYTHON,
  },
] as const;

/** The same, for a list at `path`. */
function below(path: '/1' | '/1/oslist') {
  return ({ row, ...difference }: (typeof SYSTEMS)[number]): MeantDifference => ({
    path: `${path}/${row}/3`,
    ...difference,
  });
}

/** What is said of a file that is there only with DRBD. */
function drbdFile(path: MeantDifference['path'], file: string): MeantDifference {
  const said = `The file ${file} cannot be opened, check if the module is loaded`;
  return {
    path,
    stock: `${said} ([Errno 2] No such file or directory: '${file}')`,
    ours: `${said} (No such file or directory)`,
    why: NO_NUMBERS,
  };
}

/** Of what is asked in node-requests.ts. */
export const NODE_DIFFERENCES: MeantDifferences = {
  bridges_exist: {
    'of a number': inOtherWords(
      CHECKED,
      'Missing bridges 1',
      'Invalid parameters for bridges_exist: /bridges_list/0 must be string',
    ),
  },
  get_file_info: {
    'of null': inOtherWords(
      CHECKED,
      `${UNEXPECTED} stat: path should be string, bytes, os.PathLike or integer, not NoneType`,
      'Invalid parameters for get_file_info: /file_path must be string',
    ),
  },
  iallocator_runner: {
    'with an input that is an object': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'dict' object has no attribute 'encode'`,
      'Invalid parameters for iallocator_runner: /idata must be string',
    ),
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 3, got 2)`,
      'Invalid parameters for iallocator_runner: expected 3 parameters (name, idata, default_iallocator_params), got 2',
    ),
  },
  node_has_ip_address: {
    'that is a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} inet_pton() argument 2 must be str, not int`,
      'Invalid parameters for node_has_ip_address: /address must be string',
    ),
  },
  node_info: {
    'of a directory that is missing': otherwise(
      'One unit that cannot be measured does not take the other figures away.',
      [
        false,
        `${UNEXPECTED} Failed to retrieve file system information about path: /srv/missing - No such file or directory`,
      ],
      // Of the free space only the type is compared; it is null.
      [
        true,
        [
          BOOT_ID,
          [{ type: 'file', name: '/srv/missing', storage_free: 'any object', storage_size: null }],
          [],
        ],
      ],
    ),
    'of a directory with a parameter': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} Did not receive the expected number ofstorage parameters: expected 0, received '1'`,
      "Did not receive the expected number of storage parameters: expected 0, received '1'",
    ),
    'of a kind that has no space': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} `,
      "Storage reporting is not supported for storage type 'ext'",
    ),
    'of an unknown kind': inOtherWords(
      IS_A_FAILURE,
      `${UNEXPECTED} 'tape'`,
      "Unknown storage type: 'tape'",
    ),
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 2, got 1)`,
      'Invalid parameters for node_info: expected 2 parameters (storage_units, hv_specs), got 1',
    ),
    'of a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'int' object is not iterable`,
      'Invalid parameters for node_info: /storage_units must be array,null',
    ),
  },
  node_verify: {
    'of all that the master asks': SYSTEMS.map(below('/1/oslist')),
    'of a node that is no candidate': SYSTEMS.map(below('/1/oslist')),
    'of what is wrong': [
      {
        path: '/1/oob-paths/2',
        stock: `error stating out of band helper: [Errno 2] No such file or directory: '/etc/ganeti/missing'`,
        ours: `error stating out of band helper: No such file or directory: '/etc/ganeti/missing'`,
        why: NO_NUMBERS,
      },
    ],
    'of a node with an unknown port for SSH': otherwise(
      MISSING_IS_SAID,
      [false, `${UNEXPECTED} 'cluster.noded.test'`],
      [
        true,
        {
          nodelist: {
            'cluster.noded.test':
              'hostname mismatch: expected cluster.noded.test but got node1.noded.test',
          },
        },
      ],
    ),
    'of DRBD': [
      drbdFile('/1/drbd-version', '/proc/drbd'),
      drbdFile('/1/drbd-list', '/proc/drbd'),
      drbdFile('/1/drbd-helper/1', '/sys/module/drbd/parameters/usermode_helper'),
    ],
    'of instances without their parameters': otherwise(
      MISSING_IS_SAID,
      [false, `${UNEXPECTED} 'chroot'`],
      [true, { instancelist: "No parameters are given for hypervisor 'chroot'" }],
    ),
    'of SSH keys that clutter': otherwise(
      STUMBLES,
      [false, `${UNEXPECTED} not enough values to unpack (expected 4, got 2)`],
      [true, { 'ssh-setup': [], 'ssh-clutter': [] }],
    ),
    'of SSH keys of another type': otherwise(
      STUMBLES,
      [false, `${UNEXPECTED} [Errno 2] No such file or directory: '/root/.ssh/id_ecdsa.pub'`],
      [
        true,
        {
          'ssh-setup': [
            'The node public key file node2.noded.test:/root/.ssh/id_ecdsa.pub cannot be read: No such file or directory.',
          ],
        },
      ],
    ),
    'of SSH keys of a node that is no candidate': otherwise(
      STUMBLES,
      [
        false,
        `${UNEXPECTED} cannot access local variable 'node_pub_key_path' where it is not associated with a value`,
      ],
      [
        true,
        {
          'ssh-setup': [
            'The public key file node2.noded.test:/var/lib/ganeti/ganeti_pub_keys is not empty, although the node is not a potential master candidate.',
          ],
        },
      ],
    ),
    'of a file with a relative path': inOtherWords(
      CHECKED,
      `${UNEXPECTED} Path not absolute: etc/hosts`,
      'Invalid parameters for node_verify: /checkdict/filelist/0 must match pattern "^/[^\\u0000]*$"',
    ),
    'of a text': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'str' object has no attribute 'get'`,
      'Invalid parameters for node_verify: /checkdict must be object',
    ),
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 3, got 2)`,
      'Invalid parameters for node_verify: expected 3 parameters (checkdict, cluster_name, all_hvparams), got 2',
    ),
  },
  node_verify_light: {
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 3, got 1)`,
      'Invalid parameters for node_verify_light: expected 3 parameters (checkdict, cluster_name, hvparams), got 1',
    ),
  },
  os_diagnose: {
    'of all that are there': SYSTEMS.map(below('/1')),
  },
  os_validate: {
    'of an unknown check': inOtherWords(
      NO_PYTHON,
      "Unknown checks required for OS busybox+default: {'weather'}",
      'Unknown checks required for OS busybox+default: weather',
    ),
    'of one for another version': inOtherWords(
      NO_PYTHON,
      "API version mismatch for path '/srv/ganeti/os/future': found [99], want frozenset({10, 20, 15}).",
      "API version mismatch for path '/srv/ganeti/os/future': found [99], want [10, 15, 20].",
    ),
    'of a name that is a number': inOtherWords(
      CHECKED,
      `${UNEXPECTED} 'int' object has no attribute 'split'`,
      'Invalid parameters for os_validate: /name must be string',
    ),
    'with a parameter too few': inOtherWords(
      CHECKED,
      `${UNEXPECTED} not enough values to unpack (expected 5, got 4)`,
      'Invalid parameters for os_validate: expected 5 parameters (required, name, checks, params, force_variant), got 4',
    ),
  },
  test_delay: {
    'of a text': inOtherWords(
      CHECKED,
      `${UNEXPECTED} '<' not supported between instances of 'str' and 'int'`,
      'Invalid parameters for test_delay: /duration must be number',
    ),
  },
  version: {
    'with a parameter too many': otherwise(
      CHECKED,
      [true, byVersion({ '3.0': 3000000, '3.1': 3010000 })],
      [false, 'Invalid parameters for version: expected 0 parameters, got 1'],
    ),
  },
};
