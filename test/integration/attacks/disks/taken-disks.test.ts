import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import type { Instance } from '../../../../src/generated/objects.js';
import { failureOf } from '../../../support/failure.js';
import { attachLoop, detachLoop } from '../../../support/machine/loops.js';
import { countMounts, mountOn } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);

describeAsRoot('a disk that an administrator has mounted already', () => {
  let device: string | undefined;
  // Before those of the node, which looks for what is left.
  afterEach(release);
  const node = useNode();
  const elsewhere = () => join(node().stateDir, 'elsewhere');
  beforeEach(() => mkdir(elsewhere()));

  async function take(instance: Instance): Promise<string> {
    device = await attachLoop(node().diskPath(instance.name));
    await run('mount', [device, elsewhere()]);
    await writeFile(join(elsewhere(), 'precious'), 'text');
    return device;
  }

  async function release(): Promise<void> {
    // It runs only where a test has failed, and holds the device.
    await node()
      .shutdown(node().instance('inst1'), 0)
      .catch(() => undefined);
    if (countMounts(elsewhere()) > 0) await run('umount', [elsewhere()]);
    if (device !== undefined) await detachLoop(device);
    device = undefined;
    await rm(elsewhere(), { recursive: true });
  }

  /** Neither a start nor a stop may touch what is mounted there; and a stop may not say that the disk is free. */
  async function expectRefused(instance: Instance, message: string): Promise<void> {
    const { id } = mountOn(elsewhere());
    expect((await failureOf(node().start(instance))).message).to.include(message);
    expect(await node().running()).to.deep.equal([]);
    expect((await failureOf(node().shutdown(instance, 0))).message).to.include(elsewhere());
    expect(mountOn(elsewhere()).id).to.equal(id);
    expect(await readFile(join(elsewhere(), 'precious'), 'utf8')).to.equal('text');
    expect(countMounts(node().rootDir)).to.equal(0);
  }

  it('is refused as an image, by the name of the loop device', async () => {
    const instance = await node().makeDisk('inst1');
    const taken = await take(instance);
    await expectRefused(instance, `${node().diskPath('inst1')} is in use by ${taken}`);
  });

  it('is refused as a block device, by the name of the mount; then it starts, and keeps its device', async () => {
    const image = await node().makeDisk('inst1');
    const taken = await take(image);
    const adopted = {
      ...node().disk('inst1'),
      dev_type: 'blockdev',
      logical_id: ['manual', taken],
    };
    const instance = { ...image, disks_info: [adopted] } as Instance;
    await expectRefused(instance, `is mounted already, at ${elsewhere()}`);
    await run('umount', [elsewhere()]);
    await node().start(instance);
    expect(mountOn(node().root('inst1')).source).to.equal(taken);
    await node().shutdown(instance);
    const { stdout } = await run('losetup', ['--noheadings', '--output', 'BACK-FILE', taken]);
    expect(stdout.trim()).to.equal(node().diskPath('inst1'));
  });
});
