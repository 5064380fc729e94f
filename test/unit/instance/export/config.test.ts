import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { exportConfig } from '../../../../src/instance/export/config.js';
import { formatIni } from '../../../../src/instance/export/ini-file.js';
import { fileDisk, instanceWith } from '../../storage/fixtures.js';

const NOW = new Date(1795393249_900);
const beparams = { always_failover: false, maxmem: 16, minmem: 8, spindle_use: 1, vcpus: 1 };
const disk = fileDisk('/srv/disk0');
const instance = instanceWith([disk], {
  beparams,
  primary_node: '258124ea-7836-4e9b-9b97-edbce396bf42',
  hvparams: { init_script: '/ganeti-chroot', migration_port: 1 },
  nics: [{ mac: 'aa:00:00:42:da:28', ip: '10.99.0.101', nicparams: { link: '100', vlan: '' } }],
  osparams: { dhcp: 'no' },
  osparams_private: { password: 'secret' },
  tags: ['one', 'two'],
});

describe('exportConfig', () => {
  it("has what Ganeti's has, in its order", () => {
    expect(formatIni(exportConfig(instance, [disk], NOW))).to.equal(`[export]
version = 0
timestamp = 1795393249
source = 258124ea-7836-4e9b-9b97-edbce396bf42
os = busybox+default
compression = none

[instance]
name = inst1.lab.test
maxmem = 16
minmem = 8
memory = 16
vcpus = 1
disk_template = file
hypervisor = chroot
tags = one two
nic0_mac = aa:00:00:42:da:28
nic0_ip = 10.99.0.101
nic0_network = None
nic0_name = None
nic0_link = 100
nic0_mode = None
nic0_vlan =${' '}
nic_count = 1
disk0_ivname = disk/0
disk0_dump = 1519f3e4-73c9-4ff7-86b8-d95c525f1e6b
disk0_size = 64
disk0_name = None
disk_count = 1

[hypervisor]
init_script = /ganeti-chroot

[backend]
always_failover = False
maxmem = 16
minmem = 8
spindle_use = 1
vcpus = 1

[os]
dhcp = no

[os_private]
password = secret

`);
  });

  it('leaves out disks that were not exported, and keeps the places of the others', () => {
    const config = exportConfig(instance, [false, { ...disk, dev_type: 'plain' }], NOW);
    const options = config.get('instance');
    expect(options?.get('disk0_dump')).to.be.undefined;
    expect(options?.get('disk1_dump')).to.equal(disk.uuid);
    expect(options?.get('disk_count')).to.equal('1');
    expect(options?.get('disk_template')).to.equal('plain');
  });

  it('knows diskless instances, and those of several templates', () => {
    const templateOf = (disks: Parameters<typeof exportConfig>[1]) =>
      exportConfig(instance, disks, NOW).get('instance')?.get('disk_template');
    expect(templateOf([])).to.equal('diskless');
    expect(templateOf([disk, { ...disk, dev_type: 'plain' }])).to.equal('mixed');
  });

  it('fails when the instance lacks something', () => {
    const poor = { ...instance, beparams: { maxmem: 16, minmem: 16 } };
    expect(() => exportConfig(poor, [disk], NOW)).to.throw(RpcFailure, 'has no vcpus');
    const nameless = { ...disk };
    delete nameless.uuid;
    expect(() => exportConfig(instance, [nameless], NOW)).to.throw(RpcFailure, 'has no UUID');
  });
});
