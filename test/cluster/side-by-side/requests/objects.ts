/** What the master sends along in its requests. All is on the hosts (see ../prepare), but for what is called missing. */

export const INSTANCE_NAME = 'inst1.noded.test';
/** It has a directory for its root, with nothing in it. */
export const STOPPED_NAME = 'inst2.noded.test';
export const STORAGE = `/srv/ganeti/file-storage/${INSTANCE_NAME}`;
export const CHROOT_PARAMS = { init_script: '/ganeti-chroot' };

const INSTANCE_UUID = '52c68802-5620-437c-bf3f-7cc2ea4c302b';
const DISK_UUID = '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b';
const NODE_UUID = '258124ea-7836-4e9b-9b97-edbce396bf42';
const GROUP_UUID = 'dcdf6321-4db8-4434-a15c-b9da793541bc';
const BEPARAMS = { always_failover: false, auto_balance: true, maxmem: 16, minmem: 16, vcpus: 1 };

type Members = Readonly<Record<string, unknown>>;

/** A disk that is a file with this path. */
export function fileDisk(path: string, members: Members = {}): Members {
  return disk('file', ['loop', path], members);
}

/** A disk of a provider of external storage. */
export function extDisk(provider: string, volume: string): Members {
  return disk('ext', [provider, volume], { params: { provider } });
}

/** A disk that is a logical volume. */
export function logicalVolume(group: string, volume: string): Members {
  return disk('plain', [group, volume]);
}

/** A disk of any template, 64 MiB large. */
export function disk(template: string, logicalId: unknown, members: Members = {}): Members {
  return {
    dev_type: template,
    logical_id: logicalId,
    children: [],
    nodes: [NODE_UUID],
    iv_name: 'disk/0',
    size: 64,
    mode: 'rw',
    params: {},
    dynamic_params: {},
    uuid: DISK_UUID,
    serial_no: 1,
    ...members,
  };
}

/** The instance that runs, or another. */
export function instance(members: Members = {}): Members {
  return {
    ...instanceConfig(members),
    secondary_nodes: [],
    disks_info: [fileDisk(`${STORAGE}/disk0`)],
  };
}

/** What is needed to tell how a console is reached. */
export function consoleRequest(name: string, ndparams: Members, members: Members = {}): Members {
  return {
    instance: instanceConfig({ name, ...members }),
    node: {
      name: 'node2.noded.test',
      primary_ip: '10.99.0.2',
      secondary_ip: '10.99.0.2',
      master_candidate: true,
      offline: false,
      drained: false,
      group: GROUP_UUID,
      ndparams,
      uuid: NODE_UUID,
    },
    group: {
      name: 'default',
      members: [],
      ndparams: { ssh_port: 2222 },
      alloc_policy: 'preferred',
      uuid: GROUP_UUID,
    },
    hvParams: CHROOT_PARAMS,
    beParams: BEPARAMS,
  };
}

function instanceConfig(members: Members): Members {
  return {
    name: INSTANCE_NAME,
    primary_node: NODE_UUID,
    os: 'busybox+default',
    hypervisor: 'chroot',
    hvparams: CHROOT_PARAMS,
    beparams: BEPARAMS,
    osparams: {},
    osparams_private: {},
    admin_state: 'up',
    nics: [],
    disks: [DISK_UUID],
    uuid: INSTANCE_UUID,
    tags: [],
    ...members,
  };
}
