import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import { type LoopDevice, LoopDevices } from '../../../src/system/device/loop-devices.js';
import { ioctl } from '../../../src/system/kernel/syscalls.js';
import { describeAsRoot } from '../../support/node/suite.js';

/** From linux/loop.h. */
const LOOP_CTL_GET_FREE = 0x4c82;

describeAsRoot('LoopDevices.attach', () => {
  let directory: string;
  let file: string;
  let device: LoopDevice | undefined;
  const held: number[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-loops-'));
    file = join(directory, 'disk');
    await writeFile(file, '');
    await truncate(file, 1024 * 1024);
  });
  afterEach(async () => {
    for (const fd of held.splice(0)) closeSync(fd);
    // It goes with its last user.
    device?.close();
    await rm(directory, { recursive: true });
  });

  /** Holds the device that the kernel would give to the next one who asks, as root in any chroot can. */
  function holdFreeDevice(): void {
    const control = openSync('/dev/loop-control', 'r+');
    try {
      const path = `/dev/loop${ioctl(control, LOOP_CTL_GET_FREE, 0)}`;
      held.push(openSync(path, constants.O_RDWR | constants.O_EXCL));
    } finally {
      closeSync(control);
    }
  }

  it('finds another device when somebody holds the free one and does not use it', async () => {
    const loopDevices = new LoopDevices();
    // For no longer than needed: every other program of this machine would be refused as well.
    holdFreeDevice();
    device = await loopDevices.attach(file, { name: 'x', isReadOnly: false });
    for (const fd of held.splice(0)) closeSync(fd);
    expect(loopDevices.backingFile(device.path)).to.equal(file);
  });
});
