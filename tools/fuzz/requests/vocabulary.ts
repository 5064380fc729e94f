import type { Disk, Instance } from '../../../src/generated/objects.js';
import { diskFile, type HostPaths, sharedDiskFile } from '../host/paths.js';
import type { Vocabulary } from './schema-arbitrary.js';

/** The instance that runs, the one that could, and one whose disk is not there. */
export const INSTANCES = { running: 'inst1', ready: 'inst2', lost: 'inst3' } as const;

/** A disk of the file template. */
export function diskOf(paths: HostPaths, instance: string, index = 0): Disk {
  return {
    dev_type: 'file',
    logical_id: ['loop', diskFile(paths, instance, index)],
    size: 8,
    mode: 'rw',
    iv_name: `disk/${index}`,
    uuid: `d1570000-0000-4000-8000-00000000000${index}`,
  };
}

/** The same on the storage that nodes share. */
function sharedDiskOf(paths: HostPaths, instance: string): Disk {
  const file = sharedDiskFile(paths, instance);
  return { ...diskOf(paths, instance), dev_type: 'sharedfile', logical_id: ['loop', file] };
}

export function instanceOf(paths: HostPaths, name: string, disks = 1): Instance {
  return {
    name,
    os: 'busybox+default',
    hypervisor: 'chroot',
    hvparams: { init_script: '/ganeti-chroot' },
    beparams: { maxmem: 64, minmem: 64, vcpus: 1 },
    nics: [],
    disks_info: Array.from({ length: disks }, (_, index) => diskOf(paths, name, index)),
  };
}

/** Words for what there is on a throw-away host, so that requests reach beyond validation. */
export function hostVocabulary(paths: HostPaths): Vocabulary {
  return {
    objects: new Map<string, readonly unknown[]>([
      ['Instance', instances(paths)],
      ['Disk', disks(paths)],
      ['AllHvparams', [{ chroot: { init_script: '/ganeti-chroot' } }]],
    ]),
    members: new Map(Object.entries(members(paths))),
    words: [...Object.values(INSTANCES), 'chroot', 'node1.fuzz.test', '10.99.0.1', ...files(paths)],
  };
}

function instances(paths: HostPaths): Instance[] {
  const ready = instanceOf(paths, INSTANCES.ready, 2);
  return [
    ...Object.values(INSTANCES).map((name) => instanceOf(paths, name)),
    ready,
    { ...ready, hvparams: { init_script: '/no/such/script' } },
    { ...ready, hvparams: { init_script: '/bin/true' } },
    { ...ready, os: 'broken' },
    { ...ready, disks_info: [] },
    { ...ready, disks_info: [sharedDiskOf(paths, INSTANCES.ready)] },
  ];
}

function disks(paths: HostPaths): Disk[] {
  const name = INSTANCES.ready;
  const other = diskOf(paths, name);
  return [
    diskOf(paths, INSTANCES.running),
    diskOf(paths, name),
    diskOf(paths, name, 1),
    // One that can be made.
    diskOf(paths, name, 2),
    diskOf(paths, INSTANCES.lost),
    sharedDiskOf(paths, name),
    sharedDiskOf(paths, INSTANCES.lost),
    { ...other, dev_type: 'sharedfile' },
    { ...other, logical_id: ['loop', sharedDiskFile(paths, name)] },
    { ...other, dev_type: 'sharedfile', logical_id: ['loop', `${paths.sharedStorage}/../disk0`] },
    { ...other, dev_type: 'plain', logical_id: ['xenvg', 'disk0'] },
    { ...other, dev_type: 'blockdev', logical_id: ['manual', '/dev/disk/by-id/none'] },
    { ...other, dev_type: 'ext', logical_id: ['loopfile', 'unique'] },
    { ...other, dev_type: 'drbd', logical_id: ['a', 'b', 11000, 0, 0, 'secret'] },
    { ...other, logical_id: ['loop', '/etc/passwd'] },
    { ...other, logical_id: ['loop', `${paths.storage}/../etc/passwd`] },
  ];
}

/** Files and directories that calls may, or may not, be about. */
function files({
  confDir,
  dataDir,
  exportDir,
  osDir,
  queue,
  runDir,
  storage,
  sharedStorage,
}: HostPaths) {
  return [
    ...[storage, sharedStorage, exportDir, osDir, queue, runDir, dataDir, confDir],
    `${storage}/${INSTANCES.ready}`,
    `${sharedStorage}/${INSTANCES.ready}`,
    `${exportDir}/${INSTANCES.ready}`,
    `${queue}/job-1`,
    `${queue}/job-2`,
    `${queue}/archive/0/job-2`,
    `${queue}/serial`,
    `${dataDir}/config.data`,
    `${dataDir}/known_hosts`,
    '/etc/hosts',
    '/etc/passwd',
    '/root/.ssh/authorized_keys',
    `${confDir}/oob`,
  ];
}

/** Values by the names that Ganeti gives to members and parameters. */
function members(paths: HostPaths): Record<string, readonly unknown[]> {
  const { queue, runDir, storage, sharedStorage } = paths;
  const directories = [storage, sharedStorage].map((one) => `${one}/${INSTANCES.ready}`);
  const free = [storage, sharedStorage].map((one) => `${one}/new`);
  const anyInstance = Object.values(INSTANCES);
  const nodes = ['node1.fuzz.test', 'node2.fuzz.test'];
  const uuids = ['0033fc9a-160b-456e-b16b-70400333eb17', '258124ea-7836-4e9b-9b97-edbce396bf42'];
  const hypervisors = ['chroot', 'fake', 'kvm'];
  return {
    ...named(['name'], [...anyInstance, 'hail']),
    ...named(['instance', 'instance_name', 'owner', 'old_name', 'export'], anyInstance),
    ...named(['hypervisor', 'hypervisor_list', 'hypervisor_name', 'hvname', 'hname'], hypervisors),
    ...named(['hvinfo', 'instancelist', 'all_hvparams key', 'hvparams key'], hypervisors),
    ...named(
      ['node_name', 'node_names', 'nodelist', 'master_ip', 'address'],
      [...nodes, '10.99.0.1'],
    ),
    ...named(['potential_master_candidates', 'nonvmnodes', 'remote_node'], nodes),
    ...named(['node_uuid', 'node_uuids', 'master_candidate_uuids', 'token_request'], uuids),
    ...named(['ip', 'host', 'master-ip', 'node-net-test'], ['10.99.0.1', '10.99.0.7', '127.0.0.1']),
    ...named(
      ['netdev', 'master_netdev', 'bridges', 'bridges_list', 'ovs_name'],
      ['eth0', 'lo', 'br0'],
    ),
    ...named(['su_name', 'storage_units'], ['file', 'lvm-pv', 'lvm-vg', 'sharedfile']),
    ...named(['vg_name', 'pvlist'], ['xenvg', 'none']),
    ...named(
      ['dev_type'],
      ['file', 'sharedfile', 'plain', 'blockdev', 'ext', 'diskless', 'disk', 'nic'],
    ),
    ...named(['os', 'osparams', 'image'], ['busybox+default', 'busybox', 'broken', '/srv/image']),
    ...named(['file_name', 'file_path', 'filelist', 'rename'], files(paths)),
    ...named(['uid', 'gid'], ['root']),
    ...named(['daemon'], ['ganeti-confd', 'ganeti-noded']),
    ...named(['cmd'], ['hello', 'fail']),
    ...named(['oob_program', 'user-scripts', 'oob-paths'], [`${paths.confDir}/oob`, '/bin/true']),
    ...named(['hpath'], ['instance-start', 'cluster-verify']),
    ...named(['values key'], ['cluster_name', 'master_node', 'node_list', 'file_storage_dir']),
    ...named(['op', 'fields'], ['fix-consistency', 'name', 'size', 'used', 'free', 'allocatable']),
    ...named(['checks'], ['parameters', 'variants']),
    ...named(['reboot_type'], ['soft', 'hard', 'full']),
    ...named(['init_script'], ['/ganeti-chroot']),
    ...named(['component'], ['disk0']),
    ...named(['extra'], [`${runDir}/instance-disks/${INSTANCES.running}:0`]),
    ...named(['file_storage_dir'], [...directories, ...free]),
    ...named(['old_file_storage_dir'], directories),
    ...named(['new_file_storage_dir'], free),
    ...named(['path'], [`${paths.exportDir}/${INSTANCES.ready}`]),
    ...named(['devices'], [`${queue}/job-1`, '/dev/null', '/dev/zero']),
    // Waiting long is what this call is for.
    ...named(['duration'], [0, 0.001, -1, 0.01]),
    ...named(['timeout', 'shutdown_timeout'], [0, 1, 2]),
    ...named(['new_key_bits'], [0, 1024]),
  };
}

function named(
  names: readonly string[],
  values: readonly unknown[],
): Record<string, readonly unknown[]> {
  return Object.fromEntries(names.map((name) => [name, values]));
}
