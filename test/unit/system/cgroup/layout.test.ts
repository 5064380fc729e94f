import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readLayout } from '../../../../src/system/cgroup/layout.js';
import { HYBRID, LEGACY, UNIFIED } from './cgroup-mountinfos.js';

describe('readLayout', () => {
  it('finds version 2 alone', () => {
    const { unified, legacy } = readLayout(UNIFIED);
    expect(unified).to.equal('/sys/fs/cgroup');
    expect(legacy.get('memory')).to.be.undefined;
  });

  it('finds both versions beside each other', () => {
    const { unified, legacy } = readLayout(HYBRID);
    expect(unified).to.equal('/sys/fs/cgroup/unified');
    expect(legacy.get('memory')).to.equal('/sys/fs/cgroup/memory');
    expect(legacy.get('freezer')).to.equal('/sys/fs/cgroup/freezer');
    expect(legacy.get('name=systemd')).to.equal('/sys/fs/cgroup/systemd');
  });

  it('finds controllers that share a hierarchy', () => {
    const { unified, legacy } = readLayout(LEGACY);
    expect(unified).to.be.undefined;
    expect(legacy.get('cpu')).to.equal('/sys/fs/cgroup/cpu,cpuacct');
    expect(legacy.get('cpuacct')).to.equal('/sys/fs/cgroup/cpu,cpuacct');
  });

  it('finds none where none is mounted', () => {
    const { unified, legacy } = readLayout('1 0 8:1 / / rw - ext4 /dev/sda1 rw\n');
    expect(unified).to.be.undefined;
    expect(legacy.size).to.equal(0);
  });

  it('takes nothing that is mounted in the roots of instances, also where the node has none', () => {
    const theirs = '90 28 0:27 / /run/roots/inst1/cgroup rw - cgroup2 none rw\n';
    expect(readLayout(theirs, '/run/roots').unified).to.be.undefined;
    expect(readLayout(theirs, '/run/root').unified).to.equal('/run/roots/inst1/cgroup');
  });

  it("takes the node's own, not what somebody has mounted in a chroot since", () => {
    const more = [
      '90 28 0:27 / /run/roots/inst1/cgroup rw - cgroup2 none rw',
      '91 28 0:32 / /run/roots/inst1/memory rw - cgroup none rw,memory',
    ];
    const { unified, legacy } = readLayout(`${HYBRID}${more.join('\n')}\n`);
    expect(unified).to.equal('/sys/fs/cgroup/unified');
    expect(legacy.get('memory')).to.equal('/sys/fs/cgroup/memory');
  });
});
