import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HotplugError, HypervisorError } from '../../../../src/base/errors.js';
import type { Disk } from '../../../../src/generated/objects.js';
import { checkHotplug, ChrootHotplug } from '../../../../src/hypervisor/chroot/hotplug.js';
import { nodeName, type PluggedDisks } from '../../../../src/hypervisor/chroot/plugged-disks.js';
import { failureOf, fileDisk, instanceWith } from '../../storage/fixtures.js';

const FIRST = fileDisk('/srv/disk0', { uuid: 'first' });
const SECOND = fileDisk('/srv/disk1', { uuid: 'second' });

/** Keeps names instead of devices, and can be made to fail. */
class FakeDisks {
  readonly plugged = new Set<string>();
  failure: Error | undefined;

  plug(_name: string, disks: readonly { disk: Disk }[]): Promise<string[]> {
    for (const { disk } of disks) this.plugged.add(nodeName(disk));
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(disks.map(({ disk }) => `/dev/ganeti/${nodeName(disk)}`));
  }

  isPlugged(_name: string, disk: Disk): Promise<boolean> {
    return Promise.resolve(this.plugged.has(nodeName(disk)));
  }

  unplug(_name: string, disk: Disk): Promise<void> {
    this.plugged.delete(nodeName(disk));
    return Promise.resolve();
  }
}

describe('ChrootHotplug', () => {
  let disks: FakeDisks;
  let hotplug: ChrootHotplug;
  const instance = instanceWith([FIRST, SECOND]);
  const change = { target: 'disk', device: SECOND, extra: null, sequence: 1 } as const;
  beforeEach(() => {
    disks = new FakeDisks();
    hotplug = new ChrootHotplug({ disks: disks as unknown as PluggedDisks });
  });

  it('plugs a disk, and says where it is inside', async () => {
    const path = await hotplug.add(instance, { ...change, devPath: '/srv/disk1' });
    expect(path).to.equal('/dev/ganeti/second');
  });

  it('undoes what is half done, but not a disk that was there before', async () => {
    disks.failure = new HypervisorError('no');
    await failureOf(hotplug.add(instance, { ...change, devPath: '/srv/disk1' }));
    expect([...disks.plugged]).to.deep.equal([]);
    disks.plugged.add('second');
    await failureOf(hotplug.add(instance, { ...change, devPath: '/srv/disk1' }));
    expect([...disks.plugged]).to.deep.equal(['second']);
  });

  it('removes a disk, also when it is gone already', async () => {
    disks.plugged.add('second');
    for (let round = 0; round < 2; round++)
      expect(await hotplug.remove(instance, change)).to.equal('second');
    expect([...disks.plugged]).to.deep.equal([]);
  });

  it('does not remove the root, but may remove a disk that has become the first', async () => {
    const error = await failureOf(hotplug.remove(instance, { ...change, device: FIRST }));
    expect(error).to.be.instanceOf(HotplugError);
    disks.plugged.add('second');
    await hotplug.remove({ ...instance, disks_info: [SECOND] }, change);
    expect([...disks.plugged]).to.deep.equal([]);
  });

  it('does nothing for network interfaces, and takes none for a disk', async () => {
    const nic = { mac: 'aa:00:00:42:da:28' };
    const nicChange = { target: 'nic', device: nic, extra: null, sequence: 0 } as const;
    expect(await hotplug.add(instance, nicChange)).to.equal('');
    expect(await hotplug.remove(instance, nicChange)).to.equal('');
    for (const work of [
      hotplug.add(instance, { ...nicChange, target: 'disk' }),
      hotplug.remove(instance, { ...nicChange, target: 'disk' }),
    ])
      expect(await failureOf(work)).to.be.instanceOf(HotplugError);
  });
});

describe('checkHotplug', () => {
  it('refuses only to change a disk', () => {
    expect(() => {
      checkHotplug('hotmod', 'disk');
    }).to.throw(HotplugError);
    checkHotplug('hotmod', 'nic');
    checkHotplug('hotadd', 'disk');
  });
});

describe('nodeName', () => {
  it('is the UUID, or else the place', () => {
    expect(nodeName(fileDisk('/x', { uuid: 'u-1' }))).to.equal('u-1');
    const disk = fileDisk('/x', { iv_name: 'disk/1' });
    delete disk.uuid;
    expect(nodeName(disk)).to.equal('disk-1');
  });

  for (const uuid of ['', '.', '..', 'a/b', 'a=b', 'a:b', 'x'.repeat(41), 'a\0', 'ä'])
    it(`refuses ${JSON.stringify(uuid)}`, () => {
      expect(() => nodeName(fileDisk('/x', { uuid }))).to.throw(HypervisorError, 'no name');
    });
});
