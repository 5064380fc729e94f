import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { LoopDevices } from '../../../../src/system/device/loop-devices.js';
import { type NamedLoop, NamedLoops } from '../../../../src/system/device/named-loops.js';
import { eventually } from '../../../../tools/kit/eventually.js';

describe('NamedLoops', () => {
  let root: string;
  let file: string;
  let prefix: string;
  const loopDevices = new LoopDevices();
  const loops = new NamedLoops({ loopDevices });

  before(function () {
    if (process.getuid?.() === 0) return;
    process.stderr.write('NOT TESTED: loop devices, for want of root\n');
    this.skip();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    file = join(root, 'image');
    prefix = `test:${basename(root)}:`;
    await writeFile(file, 'image');
    await truncate(file, 1024 * 1024);
  });
  afterEach(async () => {
    for (const loop of loops.list(prefix)) await free(loop);
    await rm(root, { recursive: true });
  });

  function attach(name = 'a', isReadOnly = false): Promise<NamedLoop> {
    return loops.attach(file, { name: prefix + name, isReadOnly });
  }

  /** Others have a quick look at any device: udev at each change, a daemon when it looks for its own. */
  function free(loop: NamedLoop): Promise<void> {
    return eventually(() => loops.detach(loop));
  }

  it('finds a device again by its name, with nobody having it open', async () => {
    const loop = await attach();
    expect(loops.list(prefix)).to.deep.equal([loop]);
    expect(loops.list(`${prefix}b`)).to.deep.equal([]);
    expect(loop.file).to.equal(file);
    const { rdev } = await stat(loop.path);
    expect(loop.device).to.equal(`${rdev >> 8}:${rdev & 0xff}`);
  });

  it('frees a device, and one that is free already', async () => {
    const loop = await attach();
    await free(loop);
    expect(loops.list(prefix)).to.deep.equal([]);
    expect(loopDevices.backingFile(loop.path)).to.be.undefined;
    expect(loops.detach(loop)).to.be.true;
  });

  it('leaves a device as it is while somebody has it open, and afterwards', async () => {
    const loop = await attach();
    const user = await open(loop.path);
    expect(loops.detach(loop)).to.be.false;
    expect(loops.detach(loop)).to.be.false;
    await user.close();
    expect(loops.list(prefix)).to.deep.equal([loop]);
    await free(loop);
  });

  it('does not free a device that is somebody else by now', async () => {
    const loop = await attach();
    expect(loops.detach({ ...loop, name: `${prefix}other` })).to.be.true;
    expect(loops.list(prefix)).to.deep.equal([loop]);
  });

  it('goes over block devices too', async () => {
    const below = await attach();
    const above = await loops.attach(below.path, { name: `${prefix}b`, isReadOnly: true });
    expect(above.file).to.equal(below.path);
    expect(execFileSync('blockdev', ['--getro', above.path]).toString().trim()).to.equal('1');
    expect(loops.detach(below), 'used by the other').to.be.false;
    await free(above);
    await free(below);
  });
});
