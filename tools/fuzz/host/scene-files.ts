import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/base/package-root.js';
import type { NodedConfig } from '../../../src/generated/config.js';
import { makeClusterIdentity, makeIdentity } from '../../kit/certificates.js';
import { INSTANCES } from '../requests/vocabulary.js';
import type { HostPaths } from './paths.js';

/** What a file of the scene holds, and its permissions. */
export interface SceneFile {
  readonly text: string;
  readonly mode?: number;
}

type SceneFiles = Readonly<Record<string, SceneFile>>;

const PROGRAM = 0o755;
const NODES = ['node1.fuzz.test', 'node2.fuzz.test'];
const UUIDS = ['0033fc9a-160b-456e-b16b-70400333eb17', '258124ea-7836-4e9b-9b97-edbce396bf42'];
const KEYS = NODES.map((name) => `ssh-rsa ${Buffer.from(name).toString('base64')} root@${name}`);
const LVM_TOOLS =
  'lvchange lvconvert lvcreate lvextend lvremove lvrename lvs pvchange pvs vgreduce vgs'.split(' ');
/** A volume on a device of a group, in the fields that the tool is asked for with -o; none must look at real devices. */
const LVM_TOOL = `#!/bin/sh
for argument; do case $argument in -o*) fields=\${argument#-o} ;; esac; done
test -n "$fields" || exit 0
IFS=, line=
for field in $fields; do
  case $field in
    vg_name) value=xenvg ;;
    lv_name) value=disk0 ;;
    pv_name) value=/dev/sda3 ;;
    devices) value='/dev/sda3(0)' ;;
    lv_attr) value=-wi-ao---- ;;
    pv_attr) value=a-- ;;
    vg_attr) value=wz--n- ;;
    lv_kernel_*|stripes) value=1 ;;
    *) value=96.00 ;;
  esac
  line="$line|$value"
done
echo "  \${line#?}"
`;

/** Everything on a host that calls may read or change, but for disks: a member of a cluster of two nodes. */
export function sceneFiles(paths: HostPaths): SceneFiles {
  return { ...clusterFiles(paths), ...administratorFiles(paths), ...ganetiPrograms(), ...lvm() };
}

/** The daemon's configuration: no limit that a request could make wait longer than the fuzzing does. */
export function daemonConfig({ runDir, name }: HostPaths): NodedConfig {
  return {
    paths: { runDir },
    log: { format: 'json' },
    timeouts: { mount: 20, osScript: 20, extScript: 20, lock: 20 },
    chroot: { startTimeout: 20, cgroupParent: `${name}-chroots`, reportUsage: true },
  };
}

function clusterFiles({ dataDir, queue }: HostPaths): SceneFiles {
  const { server, client } = identities();
  return {
    ...plain({
      [join(dataDir, 'ssconf_cluster_name')]: 'cluster.fuzz.test\n',
      [join(dataDir, 'ssconf_master_node')]: `${NODES[0] ?? ''}\n`,
      [join(dataDir, 'ssconf_node_list')]: `${NODES.join('\n')}\n`,
      [join(dataDir, 'ssconf_online_nodes')]: `${NODES.join('\n')}\n`,
      [join(dataDir, 'ssconf_primary_ip_family')]: '2\n',
      [join(dataDir, 'ssconf_ssh_ports')]: NODES.map((name) => `${name}=22\n`).join(''),
      [join(dataDir, 'server.pem')]: server,
      [join(dataDir, 'client.pem')]: client,
      [join(dataDir, 'ganeti_pub_keys')]: KEYS.map((key, at) => `${UUIDS[at] ?? ''} ${key}\n`).join(
        '',
      ),
      [join(dataDir, 'known_hosts')]: `cluster.fuzz.test ${KEYS[0] ?? ''}\n`,
      [join(dataDir, 'hmac.key')]: '75e79bcb1eb4ba1cb15cebbcf5bfd457bf0df0e7\n',
      [join(dataDir, 'config.data')]: '{"version": 3000000}\n',
      [join(queue, 'version')]: '1\n',
      [join(queue, 'serial')]: '3\n',
      [join(queue, 'job-1')]: '{"id": 1}',
      [join(queue, 'job-2')]: '{"id": 2}',
      '/etc/hosts': `127.0.0.1\tlocalhost\n10.99.0.1\t${NODES[0] ?? ''} node1\n127.0.0.2\t${NODES[1] ?? ''}\n`,
      '/root/.ssh/authorized_keys': KEYS.map((key) => `${key}\n`).join(''),
      '/root/.ssh/id_rsa': 'PRIVATE\n',
      '/root/.ssh/id_rsa.pub': `${KEYS[0] ?? ''}\n`,
    }),
  };
}

function administratorFiles(paths: HostPaths): SceneFiles {
  const { confDir, exportDir, osDir, storage, sharedStorage } = paths;
  const os = join(packageRoot(), 'etc/os/busybox');
  const ofOs = (name: string) => readFileSync(join(os, name), 'utf8');
  const scripts = ['create', 'export', 'import', 'rename', 'verify'];
  const copies = scripts.map((name) => [join(osDir, 'busybox', name), program(ofOs(name))]);
  return {
    ...(Object.fromEntries(copies) as SceneFiles),
    ...plain({
      [join(confDir, 'chroot-noded.json')]: JSON.stringify(daemonConfig(paths)),
      [join(confDir, 'file-storage-paths')]: `${storage}\n${sharedStorage}\n`,
      [join(osDir, 'busybox/ganeti_api_version')]: '20\n15\n',
      [join(osDir, 'busybox/variants.list')]: 'default\n',
      [join(osDir, 'busybox/parameters.list')]: 'size What it is made of\n',
      [join(osDir, 'broken/ganeti_api_version')]: 'twenty\n',
      [join(exportDir, INSTANCES.ready, 'config.ini')]: '[export]\nversion = 0\n[instance]\n',
      '/srv/image': 'no file system\n',
    }),
    [join(confDir, 'hooks/instance-start-pre.d/hello')]: program('#!/bin/sh\necho hello\n'),
    [join(confDir, 'hooks/instance-start-pre.d/fail')]: program('#!/bin/sh\nexit 3\n'),
    [join(confDir, 'restricted-commands/hello')]: program('#!/bin/sh\necho hello\n'),
    [join(confDir, 'restricted-commands/fail')]: program('#!/bin/sh\nexit 3\n'),
    [join(confDir, 'oob')]: program('#!/bin/sh\necho \'{"powered": true}\'\n'),
  };
}

/** Ganeti's own programs need not be installed, and are not what is tested. */
function ganetiPrograms(): SceneFiles {
  return {
    '/usr/lib/ganeti/daemon-util': program('#!/bin/sh\ntest "$1" != check\n'),
    '/usr/lib/ganeti/import-export': program('#!/bin/sh\nexit 0\n'),
    '/usr/lib/ganeti/ssh-update': program('#!/bin/sh\ncat >/dev/null\n'),
    '/usr/lib/ganeti/tools/master-ip-setup': program('#!/bin/sh\nexit 0\n'),
    '/usr/lib/ganeti/iallocators/hail': program('#!/bin/sh\necho "{}"\n'),
  };
}

function lvm(): SceneFiles {
  return Object.fromEntries(LVM_TOOLS.map((tool) => [`/usr/sbin/${tool}`, program(LVM_TOOL)]));
}

/** Key and certificate of the cluster, and of this node. */
function identities(): { server: string; client: string } {
  const server = makeClusterIdentity();
  return { server: server.pem, client: makeIdentity('node1', { issuer: server }).pem };
}

function plain(texts: Readonly<Record<string, string>>): SceneFiles {
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, { text }]));
}

function program(text: string): SceneFile {
  return { text, mode: PROGRAM };
}
