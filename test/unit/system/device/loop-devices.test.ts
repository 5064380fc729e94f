import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { errorCode } from '../../../../src/base/errno.js';
import { LoopDevices } from '../../../../src/system/device/loop-devices.js';
import { failureOf } from '../../storage/fixtures.js';

const loopDevices = new LoopDevices();

describe('LoopDevices.backingFile', () => {
  it('is undefined for what is no loop device', () => {
    for (const path of ['/dev/null', '/dev/loop1048575', 'none', 'tmpfs', ''])
      expect(loopDevices.backingFile(path), path).to.be.undefined;
  });
});

describe('LoopDevices.used', () => {
  it('is empty on a machine that has had no such device yet, and fails where sysfs is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const virtual = join(directory, 'sys/devices/virtual');
    const devices = new LoopDevices({ blockDevices: join(virtual, 'block') });
    expect(() => devices.used())
      .to.throw()
      .with.property('code', 'ENOENT');
    await mkdir(virtual, { recursive: true });
    expect(devices.used()).to.deep.equal([]);
    await mkdir(join(virtual, 'block/loop3/loop'), { recursive: true });
    await mkdir(join(virtual, 'block/loop4'));
    expect(devices.used()).to.deep.equal(['/dev/loop3']);
    await rm(directory, { recursive: true });
  });
});

describe('LoopDevices.attach', () => {
  it('does not follow a link in the place of the file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await symlink('/etc/passwd', join(directory, 'disk'));
    const attaching = loopDevices.attach(join(directory, 'disk'), { name: 'x', isReadOnly: true });
    expect(errorCode(await failureOf(attaching))).to.equal('ELOOP');
    await rm(directory, { recursive: true });
  });
});
