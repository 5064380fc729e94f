import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { DiskClaims } from '../../../../src/hypervisor/chroot/disk-claims.js';
import { DiskRecords, ROOT } from '../../../../src/hypervisor/chroot/disk-records.js';
import { PluggedDisks } from '../../../../src/hypervisor/chroot/plugged-disks.js';
import type { DeviceDirectories } from '../../../../src/system/device/device-directory.js';
import type { DeviceNode } from '../../../../src/system/device/device-nodes.js';
import { findDiskFile } from '../../../../src/system/device/disk-files.js';
import { type AttachedLoop, LoopDevices } from '../../../../src/system/device/loop-devices.js';
import { LoopDoor } from '../../../../src/system/helper/loop-door.js';
import { MountTable } from '../../../../src/system/proc/mount-table.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { tamperWith } from '../../../support/machine/loops.js';
import { failureOf, fileDisk } from '../../storage/fixtures.js';

const UUID = '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b';

describe('PluggedDisks', () => {
  let root: string;
  let image: string;
  let shown: DeviceNode[];
  let disks: PluggedDisks;
  let records: DiskRecords;
  let below: AttachedLoop;
  const loopDevices = new LoopDevices();
  const table = new MountTable();

  before(function () {
    if (process.getuid?.() === 0) return;
    process.stderr.write('NOT TESTED: plugged disks, for want of root\n');
    this.skip();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    shown = [];
    await makeImage('below');
    image = await makeImage('image');
    below = await attach(join(root, 'below'), 'test');
    records = new DiskRecords({ directory: join(root, 'records'), boot: 'this one' });
    await mkdir(join(root, 'links'));
    const door = new FakeDisks();
    const loops = new LoopDoor({ disks: door, loopDevices, mountTable: table });
    disks = new PluggedDisks({
      disks: door,
      loops,
      roots: { instanceDir: (name: string) => join(root, name) },
      records,
      claims: new DiskClaims({ disks: door, loops, loopDevices, mountTable: table }),
      loopDevices,
      directories: {
        show: (_directory: object, nodes: DeviceNode[]) => Promise.resolve(shown.push(...nodes)),
        hide: () => Promise.resolve(),
      } as unknown as DeviceDirectories,
      linksDir: join(root, 'links'),
    });
    await startedByUs('inst1');
  });
  afterEach(async () => {
    for (const path of [image, below.path])
      for (const loop of await over(path)) loopDevices.detach(loop);
    loopDevices.detach(below);
    await rm(root, { recursive: true });
  });

  async function makeImage(name: string): Promise<string> {
    await writeFile(join(root, name), 'image');
    await truncate(join(root, name), 1024 * 1024);
    return join(root, name);
  }

  async function attach(file: string, name: string): Promise<AttachedLoop> {
    const options = { name, isReadOnly: false, isPersistent: true };
    const made = await loopDevices.attach(file, options);
    made.close();
    const loop = { path: made.path, sequence: made.sequence };
    return loop;
  }

  async function startedByUs(name: string): Promise<void> {
    await records.put(name, { role: ROOT, path: '/disk0', identity: 'file 0:0 1' });
  }

  async function over(path: string) {
    const disk = await findDiskFile({ path });
    return disk === undefined
      ? []
      : loopDevices.overAmong(loopDevices.mayBeOver([disk], await table.read()));
  }

  function found(devPath: string, uuid = UUID) {
    return { disk: fileDisk(devPath, { uuid }), devPath };
  }

  function release(name: string): Promise<void> {
    return disks.release(name, { disks: [fileDisk(image)], isChecked: false });
  }

  it('plugs a block device through a loop device of its own, also one named by a link', async () => {
    const link = join(root, 'link');
    await symlink(below.path, link);
    expect(await disks.plug('inst1', [found(link)])).to.deep.equal([`/dev/ganeti/${UUID}`]);
    const [loop] = await over(below.path);
    expect(loop?.label).to.match(new RegExp(`^ganeti:[0-9a-f]{12}:${UUID}$`));
    expect(shown).to.deep.equal([{ name: UUID, device: loopDevices.number(loop?.path ?? '') }]);
    await disks.unplug('inst1', fileDisk(link));
    expect(await disks.isPlugged('inst1', fileDisk(link))).to.be.false;
  });

  it('plugs no block device that is claimed', async () => {
    const claim = await open(below.path, constants.O_RDONLY | constants.O_EXCL);
    const error = await failureOf(disks.plug('inst1', [found(below.path)]));
    await claim.close();
    expect(error.message).to.equal(`Disk ${below.path} is in use already`);
    expect(await over(below.path)).to.deep.equal([]);
  });

  it('plugs several at once, and keeps those of which one fails until they are released', async () => {
    const second = UUID.replace('1519', '2519');
    const both = [found(image), found(below.path, second)];
    const inside = [`/dev/ganeti/${UUID}`, `/dev/ganeti/${second}`];
    expect(await disks.plug('inst1', both)).to.deep.equal(inside);
    expect(await disks.plug('inst1', both)).to.deep.equal(inside);
    expect((await records.read('inst1')).map(({ role }) => role)).to.deep.equal([
      ROOT,
      UUID,
      second,
    ]);
    await release('inst1');
    const claim = await open(below.path, constants.O_RDONLY | constants.O_EXCL);
    await startedByUs('inst1');
    await failureOf(disks.plug('inst1', both));
    await claim.close();
    await release('inst1');
    for (const path of [image, below.path]) expect(await over(path)).to.deep.equal([]);
  });

  it('plugs no two disks under one name', async () => {
    const error = await failureOf(disks.plug('inst1', [found(image), found(below.path)]));
    expect(error.message).to.equal(`Two disks would both be /dev/ganeti/${UUID}`);
    expect(await over(image)).to.deep.equal([]);
  });

  it('plugs no directory, and nothing that is not there', async () => {
    for (const devPath of [root, join(root, 'missing')])
      await failureOf(disks.plug('inst1', [found(devPath)]));
    expect(shown).to.deep.equal([]);
  });

  it('keeps the disks of instances apart whose names begin alike', async () => {
    await disks.plug('inst1', [found(image)]);
    expect(await disks.isPlugged('inst10', fileDisk(image))).to.be.false;
    await release('inst10');
    expect(await disks.isPlugged('inst1', fileDisk(image))).to.be.true;
  });

  it('knows a disk by its records, whatever name its loop device was given', async () => {
    await disks.plug('inst1', [found(image)]);
    tamperWith((await over(image))[0]?.path ?? '', { label: 'mine now' });
    expect(await disks.isPlugged('inst1', fileDisk(image))).to.be.true;
    await release('inst1');
    expect(await over(image)).to.deep.equal([]);
    expect(await records.read('inst1')).to.deep.equal([]);
  });

  it('takes no other loop device for a disk, whatever name it has', async () => {
    await disks.plug('inst1', [found(image)]);
    const label = (await over(image))[0]?.label ?? '';
    await disks.unplug('inst1', fileDisk(image));
    tamperWith(below.path, { label });
    for (const name of ['inst1', 'other']) {
      expect(await disks.isPlugged(name, fileDisk(image))).to.be.false;
      await release(name);
    }
    expect(loopDevices.isAttached(below)).to.be.true;
  });

  it('finds the device of a disk whose record was not finished, and takes back what was not begun', async () => {
    await disks.plug('inst1', [found(image)]);
    const file = { path: image, identity: (await findDiskFile({ path: image }))?.identity ?? '' };
    await records.put('inst1', { role: UUID, ...file });
    expect(await disks.isPlugged('inst1', fileDisk(image))).to.be.true;
    await disks.unplug('inst1', fileDisk(image));
    expect(await over(image)).to.deep.equal([]);
    await records.put('inst1', { role: UUID, ...file });
    expect(await disks.isPlugged('inst1', fileDisk(image))).to.be.false;
    await disks.plug('inst1', [found(image)]);
    await release('inst1');
    expect(await over(image)).to.deep.equal([]);
  });

  it('keeps what is recorded while a disk cannot be let go of', async () => {
    await disks.plug('inst1', [found(image)]);
    const path = (await over(image))[0]?.path ?? '';
    const user = await open(path);
    for (let round = 0; round < 2; round++)
      expect((await failureOf(release('inst1'))).message).to.equal(
        `The chroot is unmounted, but disk ${image} (${path}) is not free: it is in use (something has it open)`,
      );
    await user.close();
    await release('inst1');
    expect(await over(image)).to.deep.equal([]);
  });

  it('says no disk is free that somebody else uses, under whichever name', async () => {
    const foreign = await attach(image, 'foreign');
    const link = join(root, 'link');
    await symlink(image, link);
    const free = () => disks.release('inst1', { disks: [fileDisk(link)], isChecked: true });
    expect((await failureOf(free())).message).to.equal(
      `The chroot is unmounted, but disk ${image} is in use by ${foreign.path}`,
    );
    loopDevices.detach(foreign);
    await free();
  });

  describe('of an instance that was started by a daemon without records', () => {
    beforeEach(() => records.clear('inst1'));

    /** As such a daemon did it. */
    async function plugOld(file: string): Promise<AttachedLoop> {
      await startedByUs('inst1');
      await disks.plug('inst1', [found(file)]);
      await records.clear('inst1');
      const [loop] = await over(file);
      if (loop === undefined) throw new Error('it is not plugged');
      return loop;
    }

    it('are known by name if they are disks of the call, and can be removed', async () => {
      await plugOld(image);
      expect(await disks.isPlugged('inst1', fileDisk(image))).to.be.true;
      await disks.unplug('inst1', fileDisk(image));
      expect(await over(image)).to.deep.equal([]);
    });

    it('are known by name if there is a link to them', async () => {
      const loop = await plugOld(image);
      await symlink(image, join(root, 'links/inst1:1'));
      await disks.show('inst1', []);
      expect(shown.at(-1)).to.deep.equal({ name: UUID, device: loopDevices.number(loop.path) });
      await disks.release('inst1', { disks: [], isChecked: false });
      expect(await over(image)).to.deep.equal([]);
    });

    it('are not known by name alone', async () => {
      const { path } = await plugOld(image);
      const other = fileDisk(join(root, 'other'));
      expect(await disks.isPlugged('inst1', other)).to.be.false;
      await disks.release('inst1', { disks: [other], isChecked: false });
      expect((await over(image)).map((loop) => loop.path)).to.deep.equal([path]);
    });
  });

  it('says which file cannot be read, and goes on when it is gone', async () => {
    const file = join(root, 'records/inst1.json');
    await writeFile(file, '{"instance":');
    for (const work of [disks.isPlugged('inst1', fileDisk(image)), release('inst1')])
      expect((await failureOf(work)).message).to.include(file);
    expect(await readFile(file, 'utf8')).to.equal('{"instance":');
    await rm(file);
    await release('inst1');
  });
});
