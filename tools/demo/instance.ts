import { join } from 'node:path';
import type { ConsoleRequest, Disk, Instance } from '../../src/generated/objects.js';

export const INSTANCE_NAME = 'inst1.example.com';
export const DISK_MIB = 32;

/** The hypervisor's parameters, as the calls that ask about all instances want them. */
export const HYPERVISORS = {
  chroot: { init_script: '/ganeti-chroot' },
  fake: { migration_mode: 'live' },
} as const;

export type HypervisorName = keyof typeof HYPERVISORS;

/** The file disk that holds the root of the demo's instance. */
export function demoDisk(stateDir: string): Disk {
  const path = join(stateDir, 'file-storage', INSTANCE_NAME, 'disk0');
  return {
    dev_type: 'file',
    logical_id: ['loop', path],
    size: DISK_MIB,
    mode: 'rw',
    iv_name: 'disk/0',
    uuid: '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b',
  };
}

/** The instance, as Ganeti's master would send it. */
export function demoInstance(stateDir: string, hypervisor: HypervisorName): Instance {
  return {
    name: INSTANCE_NAME,
    os: 'busybox+default',
    hypervisor,
    hvparams: HYPERVISORS[hypervisor],
    beparams: { maxmem: 64, minmem: 64, vcpus: 1, auto_balance: true },
    osparams: {},
    osparams_private: {},
    nics: [],
    disks_info: [demoDisk(stateDir)],
    primary_node: '258124ea-7836-4e9b-9b97-edbce396bf42',
    secondary_nodes: [],
    uuid: '52c68802-5620-437c-bf3f-7cc2ea4c302b',
  };
}

/** What is asked when the master wants to know how the console is reached. */
export function consoleRequest({ name, hypervisor, hvparams, beparams }: Instance): ConsoleRequest {
  return {
    instance: { name, hypervisor },
    node: { name: 'node1.example.com' },
    group: { name: 'default' },
    hvParams: hvparams,
    beParams: beparams,
  };
}
