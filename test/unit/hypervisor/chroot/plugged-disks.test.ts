import { constants } from 'node:fs';
import { mkdtemp, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { ChrootRoots } from '../../../../src/hypervisor/chroot/chroot-roots.js';
import { PluggedDisks } from '../../../../src/hypervisor/chroot/plugged-disks.js';
import type { DeviceDirectories } from '../../../../src/system/device/device-directory.js';
import type { DeviceNode } from '../../../../src/system/device/device-nodes.js';
import { LoopDevices } from '../../../../src/system/device/loop-devices.js';
import { type NamedLoop, NamedLoops } from '../../../../src/system/device/named-loops.js';
import type { Mounter } from '../../../../src/system/mount/mounter.js';
import { failureOf, fileDisk } from '../../storage/fixtures.js';

const UUID = '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b';

describe('PluggedDisks', () => {
  let root: string;
  let shown: DeviceNode[];
  let disks: PluggedDisks;
  let below: NamedLoop;
  const loopDevices = new LoopDevices();
  const loops = new NamedLoops({ loopDevices });

  before(function () {
    if (process.getuid?.() === 0) return;
    process.stderr.write('NOT TESTED: plugged disks, for want of root\n');
    this.skip();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    shown = [];
    const image = join(root, 'image');
    await writeFile(image, 'image');
    await truncate(image, 1024 * 1024);
    below = await loops.attach(image, { name: `test:${root}`, isReadOnly: false });
    disks = new PluggedDisks({
      roots: { instanceDir: (name: string) => join(root, name) } as unknown as ChrootRoots,
      loopDevices,
      loops,
      directories: {
        show: (_directory: object, nodes: DeviceNode[]) => Promise.resolve(shown.push(...nodes)),
        hide: () => Promise.resolve(),
      } as unknown as DeviceDirectories,
      mounter: { mounts: () => Promise.resolve([]) } as unknown as Mounter,
    });
  });
  afterEach(async () => {
    await disks.release('inst1');
    loops.detach(below);
    await rm(root, { recursive: true });
  });

  it('plugs a block device through a loop device of its own, also one named by a link', async () => {
    const link = join(root, 'link');
    await symlink(below.path, link);
    const paths = await disks.plug('inst1', [{ disk: fileDisk(link), devPath: link }]);
    expect(paths).to.deep.equal([`/dev/ganeti/${UUID}`]);
    const [loop] = loops.list('ganeti:').filter(({ file }) => file === below.path);
    expect(loop?.name).to.match(new RegExp(`^ganeti:[0-9a-f]{12}:${UUID}$`));
    expect(shown).to.deep.equal([{ name: UUID, device: loop?.device }]);
    await disks.unplug('inst1', fileDisk(link));
    expect(disks.isPlugged('inst1', fileDisk(link))).to.be.false;
  });

  it('plugs no block device that is claimed', async () => {
    const claim = await open(below.path, constants.O_RDONLY | constants.O_EXCL);
    const found = { disk: fileDisk(below.path), devPath: below.path };
    const error = await failureOf(disks.plug('inst1', [found]));
    await claim.close();
    expect(error.message).to.equal(`Disk ${below.path} is in use already`);
    expect(loops.list('ganeti:').filter(({ file }) => file === below.path)).to.deep.equal([]);
  });

  it('plugs no directory, and nothing that is not there', async () => {
    for (const devPath of [root, join(root, 'missing')])
      await failureOf(disks.plug('inst1', [{ disk: fileDisk(devPath), devPath }]));
    expect(shown).to.deep.equal([]);
  });

  it('keeps the disks of instances apart whose names begin alike', async () => {
    await disks.plug('inst1', [{ disk: fileDisk(below.path), devPath: below.path }]);
    expect(disks.isPlugged('inst10', fileDisk(below.path))).to.be.false;
    await disks.release('inst10');
    expect(disks.isPlugged('inst1', fileDisk(below.path))).to.be.true;
  });
});
