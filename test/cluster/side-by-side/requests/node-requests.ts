import type { Facts } from '../host.js';
import { CHROOT_PARAMS } from './objects.js';
import type { Requests } from './requests.js';

const ALL_PARAMS = { chroot: CHROOT_PARAMS };
const FILE_UNIT = ['file', '/srv/ganeti/file-storage', []];
const CLUSTER = 'cluster.noded.test';
const NODES = ['node1.noded.test', 'node2.noded.test'];
const SSCONF = [
  'cluster_name',
  'cluster_tags',
  'enabled_user_shutdown',
  'file_storage_dir',
  'hvparams_chroot',
  'hvparams_kvm',
  'hypervisor_list',
  'instance_list',
  'maintain_node_health',
  'master_candidates',
  'master_candidates_certs',
  'master_candidates_ips',
  'master_ip',
  'master_netdev',
  'master_netmask',
  'master_node',
  'networks',
  'node_list',
  'node_primary_ips',
  'node_vm_capable',
  'nodegroups',
  'offline_nodes',
  'online_nodes',
  'release_version',
  'shared_file_storage_dir',
  'ssh_ports',
  'uid_pool',
];

/** What the master asks with `gnt-cluster verify` of each node, all members of it. */
function verification({ network, nodes }: Facts): Record<string, unknown> {
  return {
    filelist: [
      ...SSCONF.map((name) => `/var/lib/ganeti/ssconf_${name}`),
      ...['server.pem', 'hmac.key', 'cluster-domain-secret', 'config.data', 'known_hosts'].map(
        (name) => `/var/lib/ganeti/${name}`,
      ),
      '/etc/hosts',
      '/etc/ganeti/file-storage-paths',
      '/var/lib/ganeti/missing',
    ],
    nodelist: [NODES, { 'node2.noded.test': [] }, NODES],
    hypervisor: ['chroot'],
    hvparms: [
      ['cluster', 'chroot', CHROOT_PARAMS],
      ['os busybox', 'chroot', CHROOT_PARAMS],
      ['instance inst1.noded.test', 'chroot', CHROOT_PARAMS],
    ],
    'node-net-test': [
      [
        ['node1.noded.test', `${network}1`, `${network}1`],
        ['node2.noded.test', `${network}2`, `${network}2`],
      ],
      NODES,
    ],
    instancelist: ['chroot'],
    version: null,
    hvinfo: 'chroot',
    nodesetup: null,
    time: null,
    'master-ip': ['node1.noded.test', `${network}100`, NODES],
    oslist: null,
    nonvmnodes: [],
    'user-scripts': [],
    'client-cert': null,
    'ssh-setup': [NODES.map((name) => [nodes[name], name, true, true, true]), 'rsa'],
    'allowed-file-storage-paths': 'node2.noded.test',
    'file-storage-path': '/srv/ganeti/file-storage',
    'shared-file-storage-path': '/srv/ganeti/shared-file-storage',
  };
}

/** What the master does not ask of nodes like these, or what goes wrong. */
const TROUBLE = {
  bridges: ['br7', 'lo'],
  'user-scripts': ['/etc/ganeti/works', '/etc/ganeti/plain', '/etc/ganeti/missing'],
  'oob-paths': ['/etc/ganeti/works', '/etc/ganeti/plain', '/etc/ganeti/missing', '/etc'],
  'file-storage-path': '/srv/elsewhere',
  'shared-file-storage-path': '/srv/ganeti/missing',
  hypervisor: ['chroot', 'qemu'],
  instancelist: ['chroot'],
  filelist: ['/etc', '/etc/ganeti/five'],
};

/** All that is asked about the node itself. */
export const NODE_REQUESTS: Requests = {
  bridges_exist: {
    'of some that are missing': [['br7', 'lo']],
    'of none': [[]],
    'of a name that leads elsewhere': [['../lo']],
    'of a number': [[1]],
  },
  get_file_info: {
    'of a file': ['/etc/ganeti/five'],
    'of a directory': ['/proc'],
    'of what is missing': ['/etc/ganeti/missing'],
    'of a file below a file': ['/etc/ganeti/five/six'],
    'of a relative path': ['etc/ganeti/five'],
    'of nothing': [''],
    'of null': [null],
  },
  get_watcher_pause: {
    'when there is none': [],
    'when it is paused': [],
    'when the pause is over': [],
    'when nobody can read it': [],
  },
  iallocator_runner: {
    'that gets parameters': ['repeats', '{}', { seed: '7', verbose: null }],
    'that gets its input': ['reads', '{"a": "\u00e4"}\n', {}],
    'that fails': ['fails', '{}', {}],
    'that is missing': ['missing', '{}', {}],
    'with a name that leads elsewhere': ['../iallocators/reads', '{}', {}],
    'with an input that is an object': ['reads', {}, {}],
    'with a parameter too few': ['reads', '{}'],
  },
  master_node_name: { 'of the cluster': [] },
  node_has_ip_address: {
    'that is its own': ({ network }) => [`${network}2`],
    "that is another's": ({ network }) => [`${network}1`],
    'that leads to itself': ['127.0.0.1'],
    'that leads to itself, of version 6': ['::1'],
    'that is any': ['0.0.0.0'],
    'that is none': ['node2'],
    'that is a number': [1],
  },
  node_info: {
    'of a directory and of chroots': [[FILE_UNIT], [['chroot', CHROOT_PARAMS]]],
    'of nothing': [[], []],
    'of null': [null, null],
    'of a volume group that is missing': [[['lvm-vg', 'xenvg', [false]]], []],
    'of physical volumes of a group that is missing': [[['lvm-pv', 'xenvg', [false]]], []],
    'of a directory that is missing': [[['file', '/srv/missing', []]], []],
    'of a directory with a parameter': [[['file', '/srv/ganeti/file-storage', [1]]], []],
    'of a kind that has no space': [[['ext', 'loopfile', []]], []],
    'of an unknown kind': [[['tape', 'a', []]], []],
    'of an unknown hypervisor': [null, [['qemu', {}]]],
    'with a parameter too few': [[]],
    'of a number': [1, []],
  },
  node_verify: {
    'of all that the master asks': (facts) => [verification(facts), CLUSTER, ALL_PARAMS],
    'of a node that is no candidate': (facts) => [
      { ...verification(facts), nodelist: [NODES, {}, []], filelist: [] },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of a node without instances': (facts) => [
      { ...verification(facts), filelist: [], nonvmnodes: NODES },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of what is wrong': [TROUBLE, CLUSTER, { ...ALL_PARAMS, qemu: {} }],
    'of nodes that nobody answers for': ({ network }) => [
      {
        'node-net-test': [
          [
            ['node2.noded.test', `${network}2`, `${network}2`],
            // The machine itself: refuses at once, where an address of nobody would take seconds.
            ['node3.noded.test', `${network}254`, `${network}254`],
          ],
          NODES,
        ],
        'master-ip': ['node1.noded.test', `${network}254`, NODES],
      },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of a network that it is no part of': [
      { 'node-net-test': [[['node1.noded.test', '127.0.0.1', '127.0.0.1']], NODES] },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of a node with an unknown port for SSH': [
      { nodelist: [[CLUSTER], {}, NODES] },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of volumes': [{ lvlist: 'xenvg', vglist: null, pvlist: ['xenvg'] }, CLUSTER, ALL_PARAMS],
    'of DRBD': [
      { 'drbd-version': null, 'drbd-list': null, 'drbd-helper': '/bin/true' },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of parameters that are wrong': [
      { hvparms: [['cluster', 'chroot', { init_script: 'relative' }]] },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of an unknown hypervisor': [{ hvinfo: 'qemu' }, CLUSTER, { qemu: {} }],
    'of instances without their parameters': [{ instancelist: ['chroot'] }, CLUSTER, {}],
    'of SSH keys that clutter': ({ nodes }) => [
      {
        'ssh-setup': [NODES.map((name) => [nodes[name], name, true, true, true]), 'rsa'],
        'ssh-clutter': null,
      },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of SSH keys of another type': ({ nodes }) => [
      { 'ssh-setup': [NODES.map((name) => [nodes[name], name, true, true, true]), 'ecdsa'] },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of SSH keys of a node that is unknown': ({ nodes }) => [
      {
        'ssh-setup': [
          [
            ...NODES.map((name) => [nodes[name], name, true, true, true]),
            ['378c2468-8382-490b-8b81-4a43b9dc4378', 'node3.noded.test', true, true, true],
          ],
          'rsa',
        ],
      },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of SSH keys of a node that is no candidate': ({ nodes }) => [
      {
        'ssh-setup': [
          NODES.map((name) => [nodes[name], name, name === NODES[0], name === NODES[0], true]),
          'rsa',
        ],
      },
      CLUSTER,
      ALL_PARAMS,
    ],
    'of an unknown check': [{ weather: null }, CLUSTER, ALL_PARAMS],
    'of nothing': [{}, CLUSTER, {}],
    'of a file with a relative path': [{ filelist: ['etc/hosts'] }, CLUSTER, ALL_PARAMS],
    'of a text': ['version', CLUSTER, ALL_PARAMS],
    'with a parameter too few': [{ version: null }, CLUSTER],
  },
  node_verify_light: {
    'of a node that is about to join': [
      { version: null, instancelist: ['chroot'], bridges: ['br7'], 'user-scripts': [] },
      CLUSTER,
      ALL_PARAMS,
    ],
    'with a parameter too few': [{ version: null }],
  },
  os_diagnose: { 'of all that are there': [] },
  os_validate: {
    'of one that is there': [true, 'busybox+default', ['parameters'], {}, false],
    'of one that is missing': [true, 'missing', ['parameters'], {}, false],
    'of one that is missing and not needed': [false, 'missing', ['parameters'], {}, false],
    'without its variant': [true, 'busybox', ['parameters'], {}, false],
    'of an unknown variant': [true, 'busybox+red', ['parameters'], {}, false],
    'of an unknown variant that is wanted': [true, 'busybox+red', ['parameters'], {}, true],
    'of parameters that it takes': [true, 'choosy+small', ['parameters'], { size: '6' }, false],
    'of parameters that it refuses': [true, 'choosy+small', ['parameters'], { size: '7' }, false],
    'of parameters that it does not have': [
      true,
      'choosy+small',
      ['parameters'],
      { colour: 'red' },
      false,
    ],
    'of no checks': [true, 'choosy+small', [], {}, false],
    'of an unknown check': [true, 'busybox+default', ['weather'], {}, false],
    'of one that is half there': [true, 'half+default', ['parameters'], {}, false],
    'of one for another version': [true, 'future+default', ['parameters'], {}, false],
    'of a name that leads elsewhere': [true, '../os/busybox+default', ['parameters'], {}, false],
    'of a name that is a number': [true, 1, ['parameters'], {}, false],
    'with a parameter too few': [true, 'busybox+default', ['parameters'], {}],
  },
  test_delay: {
    'of a moment': [0.01],
    'of no time': [0],
    'of less than no time': [-1],
    'of a text': ['1'],
  },
  version: {
    'without parameters': [],
    'with a parameter too many': [1],
  },
};
