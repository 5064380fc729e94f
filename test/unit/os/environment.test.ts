import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import type { OsDefinition } from '../../../src/os/definition.js';
import { osEnvironment } from '../../../src/os/environment.js';
import { fileDisk, instanceWith } from '../storage/fixtures.js';

const DEFINITION: OsDefinition = {
  name: 'busybox',
  path: '/srv/ganeti/os/busybox',
  apiVersions: [20],
  createScript: '/srv/ganeti/os/busybox/create',
  createScriptUntrusted: undefined,
  exportScript: '/srv/ganeti/os/busybox/export',
  importScript: '/srv/ganeti/os/busybox/import',
  renameScript: '/srv/ganeti/os/busybox/rename',
  verifyScript: '/srv/ganeti/os/busybox/verify',
  supportedVariants: ['default', 'minimal'],
  supportedParameters: [],
};

describe('osEnvironment', () => {
  function environment(
    changes: Partial<Instance> = {},
    { definition = {}, disks = [] }: { definition?: Partial<OsDefinition>; disks?: Disk[] } = {},
  ): Record<string, string> {
    const opened = disks.map((disk, index) => ({ disk, devPath: `/dev/path${String(index)}` }));
    return osEnvironment(instanceWith(disks, changes), { ...DEFINITION, ...definition }, opened, {
      debug: 0,
    });
  }

  it('is what Ganeti makes of a recorded instance', () => {
    const disk: Disk = {
      dev_type: 'file',
      logical_id: ['loop', '/srv/ganeti/file-storage/inst1.lab.test/3604d719.file.disk0'],
      size: 64,
      mode: 'rw',
      iv_name: 'disk/0',
      uuid: '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b',
    };
    const instance: Instance = {
      name: 'inst1.lab.test',
      primary_node: '258124ea-7836-4e9b-9b97-edbce396bf42',
      os: 'busybox+default',
      hypervisor: 'chroot',
      hvparams: { init_script: '/ganeti-chroot' },
      beparams: { always_failover: false, auto_balance: true, maxmem: 16, vcpus: 1 },
      osparams: {},
      osparams_private: {},
      nics: [
        {
          mac: 'aa:00:00:42:da:28',
          ip: '10.99.0.101',
          nicparams: { link: '100', mode: 'routed', vlan: '' },
          uuid: 'c87f79b5-ee4d-4486-82bb-ac3873c80801',
        },
      ],
      disks_info: [disk],
      secondary_nodes: [],
      ctime: 1795393038.787658,
      mtime: 1795393039.068433,
      uuid: '52c68802-5620-437c-bf3f-7cc2ea4c302b',
    };
    const devPath = '/srv/ganeti/file-storage/inst1.lab.test/3604d719.file.disk0';
    expect(osEnvironment(instance, DEFINITION, [{ disk, devPath }], { debug: 2 })).to.deep.equal({
      OS_API_VERSION: '20',
      OS_NAME: 'busybox',
      DEBUG_LEVEL: '2',
      OS_VARIANT: 'default',
      PATH: '/sbin:/bin:/usr/sbin:/usr/bin',
      INSTANCE_NAME: 'inst1.lab.test',
      INSTANCE_OS: 'busybox+default',
      INSTANCE_UUID: '52c68802-5620-437c-bf3f-7cc2ea4c302b',
      INSTANCE_CTIME: '1795393038.787658',
      INSTANCE_MTIME: '1795393039.068433',
      INSTANCE_PRIMARY_NODE: '258124ea-7836-4e9b-9b97-edbce396bf42',
      HYPERVISOR: 'chroot',
      DISK_COUNT: '1',
      NIC_COUNT: '1',
      INSTANCE_SECONDARY_NODES: '',
      DISK_0_ACCESS: 'rw',
      DISK_0_UUID: '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b',
      DISK_0_SIZE: '64',
      DISK_0_PATH: devPath,
      DISK_0_BACKEND_TYPE: 'file:loop',
      NIC_0_MAC: 'aa:00:00:42:da:28',
      NIC_0_UUID: 'c87f79b5-ee4d-4486-82bb-ac3873c80801',
      NIC_0_IP: '10.99.0.101',
      NIC_0_MODE: 'routed',
      NIC_0_LINK: '100',
      INSTANCE_BE_always_failover: 'False',
      INSTANCE_BE_auto_balance: 'True',
      INSTANCE_BE_maxmem: '16',
      INSTANCE_BE_vcpus: '1',
      INSTANCE_HV_init_script: '/ganeti-chroot',
    });
  });

  it('takes the first variant when none is named, and none where there are none', () => {
    expect(environment({ os: 'busybox' })).to.include({ OS_VARIANT: 'default' });
    expect(environment({ os: 'busybox+minimal+x' })).to.include({ OS_VARIANT: 'minimal+x' });
    for (const definition of [{ supportedVariants: [] }, { apiVersions: [10] }])
      expect(environment({}, { definition })).to.include({ OS_VARIANT: '' });
  });

  it('speaks the newest version that both know', () => {
    expect(environment({}, { definition: { apiVersions: [10, 15, 25] } })).to.include({
      OS_API_VERSION: '15',
    });
  });

  it('carries the parameters of the OS, private ones first', () => {
    const parameters = environment({
      osparams: { 'root-size': '5', dhcp: 'yes' },
      osparams_private: { dhcp: 'no', 'root-password': 'secret' },
    });
    expect(parameters).to.include({
      OSP_ROOT_SIZE: '5',
      OSP_DHCP: 'no',
      OSP_ROOT_PASSWORD: 'secret',
    });
  });

  it('names what an environment cannot hold, but not a private value', () => {
    for (const name of ['password', 'pass=word']) {
      const make = () => environment({ osparams_private: { [name]: 'sec\0ret' } });
      expect(make).to.throw(RpcFailure, `"OSP_${name.toUpperCase()}" cannot be passed`);
      expect(make).not.to.throw(/sec/);
    }
  });

  it('says None for what the instance lacks', () => {
    expect(environment()).to.include({
      INSTANCE_UUID: 'None',
      INSTANCE_CTIME: 'None',
      INSTANCE_PRIMARY_NODE: 'None',
    });
    expect(environment({ hvparams: { init_script: '/x', kernel: null } })).to.include({
      INSTANCE_HV_kernel: 'None',
    });
  });

  it('tells a whole-second timestamp from a whole number', () => {
    expect(environment({ ctime: 1795393038 })).to.include({ INSTANCE_CTIME: '1795393038.0' });
  });

  it('describes disks', () => {
    const disks = [
      fileDisk('/srv/a', { name: 'data', mode: 'ro' }),
      fileDisk('/srv/b', { dev_type: 'plain', logical_id: ['vg', 'lv'] }),
    ];
    const variables = environment({ hvparams: { disk_type: 'paravirtual' } }, { disks });
    expect(variables).to.include({
      DISK_COUNT: '2',
      DISK_0_NAME: 'data',
      DISK_0_ACCESS: 'ro',
      DISK_0_PATH: '/dev/path0',
      DISK_0_FRONTEND_TYPE: 'paravirtual',
      DISK_1_BACKEND_TYPE: 'block',
      DISK_1_PATH: '/dev/path1',
    });
    expect(variables).not.to.have.property('DISK_1_NAME');
  });

  it('describes network interfaces and their networks', () => {
    const variables = environment({
      hvparams: { nic_type: 'veth' },
      secondary_nodes: ['a', 'b'],
      nics: [
        {
          mac: 'aa:00:00:00:00:01',
          name: 'front',
          ip: null,
          nicparams: { mode: 'bridged', link: 'br0' },
          netinfo: {
            name: 'net1',
            uuid: 'u1',
            tags: ['x', 'y'],
            network: '10.0.0.0/24',
            gateway: '10.0.0.1',
            network6: null,
            mac_prefix: '',
          },
        },
        { mac: 'aa:00:00:00:00:02', nicparams: { mode: 'ovs', link: '' }, netinfo: {} },
      ],
    });
    expect(variables).to.include({
      INSTANCE_SECONDARY_NODES: 'a b',
      NIC_COUNT: '2',
      NIC_0_NAME: 'front',
      NIC_0_MODE: 'bridged',
      NIC_0_BRIDGE: 'br0',
      NIC_0_LINK: 'br0',
      NIC_0_NETWORK_NAME: 'net1',
      NIC_0_NETWORK_UUID: 'u1',
      NIC_0_NETWORK_TAGS: 'x y',
      NIC_0_NETWORK_SUBNET: '10.0.0.0/24',
      NIC_0_NETWORK_GATEWAY: '10.0.0.1',
      NIC_0_FRONTEND_TYPE: 'veth',
      NIC_1_MODE: 'ovs',
    });
    expect(variables).not.to.have.any.keys(
      'NIC_0_IP',
      'NIC_0_NETWORK_SUBNET6',
      'NIC_0_NETWORK_MAC_PREFIX',
      'NIC_1_BRIDGE',
      'NIC_1_LINK',
      'NIC_1_NETWORK_NAME',
    );
  });
});
