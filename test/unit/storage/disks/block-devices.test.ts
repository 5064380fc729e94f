import { mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BlockDeviceError, FileStoragePathError, RpcFailure } from '../../../../src/base/errors.js';
import type { BlockDevice } from '../../../../src/storage/block-device.js';
import { BlockDevices, type CreateRequest } from '../../../../src/storage/disks/block-devices.js';
import { FileDisks } from '../../../../src/storage/file/disk.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { failureOf, fileDisk, instanceWith, NO_USERS, StorageFixture } from '../fixtures.js';

const REQUEST: CreateRequest = {
  owner: 'inst1.lab.test',
  onPrimary: true,
  info: 'originstname+inst1.lab.test',
  exclusiveStorage: false,
};

describe('BlockDevices', () => {
  let fixture: StorageFixture;
  let devices: BlockDevices;
  let path: string;
  let cacheName: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    devices = fixture.blockDevices();
    path = fixture.diskPath();
    cacheName = `bdev_${path.replaceAll('/', '_')}`;
  });
  afterEach(() => fixture.remove());

  /** The message of a failure that is sent bare. */
  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'block-device');
    return error.message;
  }

  it('create answers with the logical id, and notes whose disk it is', async () => {
    expect(await devices.create(fileDisk(path), 64, REQUEST)).to.deep.equal(['loop', path]);
    expect(await readFile(join(fixture.cache, cacheName), 'utf8')).to.equal(
      'inst1.lab.test primary disk/0\n',
    );
  });

  it('create notes nothing on a secondary node', async () => {
    await devices.create(fileDisk(path), 64, { ...REQUEST, onPrimary: false });
    expect(await readdir(fixture.storage)).to.deep.equal(['disk0']);
    expect(await readdir(fixture.cache)).to.deep.equal([]);
  });

  it('create fails in the words of Ganeti', async () => {
    await devices.create(fileDisk(path), 64, REQUEST);
    expect(await failure(devices.create(fileDisk(path), 64, REQUEST))).to.equal(
      `Can't create block device: ${path}: can't create: File already exists`,
    );
    expect(
      await failure(devices.create(fileDisk(path, { dev_type: 'plain' }), 64, REQUEST)),
    ).to.equal("Can't create block device: Disk template 'plain' is not served");
  });

  it('sends a path that is not allowed as such', async () => {
    const disk = fileDisk(join(fixture.root, 'disk0'));
    for (const work of [
      () => devices.create(disk, 64, REQUEST),
      () => devices.assemble(disk, instanceWith([disk]), true, 0),
      () => devices.shutdown(disk),
      () => devices.remove(disk),
      () => devices.find(disk),
      () => devices.gatherAndLink(instanceWith([disk])),
    ])
      expect(await failureOf(work())).to.be.instanceOf(FileStoragePathError);
  });

  it('assemble links to the disk on the primary node', async () => {
    const disk = fileDisk(path);
    await devices.create(disk, 64, { ...REQUEST, onPrimary: false });
    const link = join(fixture.links, 'inst1.lab.test:3');
    expect(await devices.assemble(disk, instanceWith([disk]), true, 3)).to.deep.equal([
      path,
      link,
      null,
    ]);
    expect(await readlink(link)).to.equal(path);
    expect(await readdir(fixture.cache)).to.deep.equal([cacheName]);
  });

  it('assemble does nothing on a secondary node', async () => {
    const disk = fileDisk(path);
    const instance = instanceWith([disk]);
    expect(await devices.assemble(disk, instance, false, 0)).to.deep.equal([true, true]);
    expect(await readdir(fixture.links)).to.deep.equal([]);
    expect(
      await failure(devices.assemble({ ...disk, dev_type: 'drbd' }, instance, false, 0)),
    ).to.equal("Error while assembling disk: Disk template 'drbd' is not served");
  });

  it('assemble makes a logical volume usable on a secondary node, too', async () => {
    const disk = fileDisk(path, { dev_type: 'plain' });
    await devices.create(fileDisk(path), 64, { ...REQUEST, onPrimary: false });
    const { paths, diskLinks: links, deviceCache, logger } = fixture;
    const templates = fixture.templates({
      plain: new FileDisks({ disks: new FakeDisks(), paths, users: NO_USERS }),
    });
    const withPlain = new BlockDevices({ templates, links, deviceCache, logger });
    expect(await withPlain.assemble(disk, instanceWith([disk]), false, 0)).to.deep.equal([
      path,
      null,
      null,
    ]);
    expect(await readdir(fixture.links)).to.deep.equal([]);
    expect(await readFile(join(fixture.cache, cacheName), 'utf8')).to.equal(
      'inst1.lab.test secondary disk/0\n',
    );
  });

  it('assemble fails in the words of Ganeti', async () => {
    const disk = fileDisk(path);
    const assemble = () => devices.assemble(disk, instanceWith([disk]), true, 0);
    expect(await failure(assemble())).to.equal(
      `Error while assembling disk: ${path}: No such file`,
    );
    await devices.create(disk, 64, REQUEST);
    await rm(fixture.links, { recursive: true });
    expect(await failure(assemble())).to.equal(
      'Error while symlinking disk: No such file or directory',
    );
  });

  it('refuses to let the hypervisor itself read a disk', async () => {
    const disk = fileDisk(path, { params: { access: 'userspace' } });
    await devices.create(disk, 64, REQUEST);
    const message =
      'Userspace access with file block device and chroot hypervisor is not supported.';
    expect(await failure(devices.assemble(disk, instanceWith([disk]), true, 0))).to.equal(
      `Error while assembling disk: ${message}`,
    );
    expect((await failureOf(devices.gatherAndLink(instanceWith([disk])))).message).to.equal(
      message,
    );
    expect(await readdir(fixture.links)).to.deep.equal([]);
  });

  it('shutdown forgets whose disk it is, and keeps the disk', async () => {
    await devices.shutdown(fileDisk(path));
    await devices.create(fileDisk(path), 64, REQUEST);
    await devices.shutdown(fileDisk(path));
    expect(await readdir(fixture.cache)).to.deep.equal([]);
    expect(await readdir(fixture.storage)).to.deep.equal(['disk0']);
  });

  it('find tells the state, or null', async () => {
    expect(await devices.find(fileDisk(path))).to.be.null;
    await devices.create(fileDisk(path), 64, REQUEST);
    expect(await devices.find(fileDisk(path))).to.deep.equal({
      dev_path: path,
      is_degraded: false,
      ldisk_status: 1,
    });
    await mkdir(`${path}1`);
    expect(await failure(devices.find(fileDisk(`${path}1`)))).to.equal(
      `Failed to find device: ${path}1: not a regular file`,
    );
  });

  it('open finds a disk, or says which one is missing', async () => {
    const disk = fileDisk(path);
    const missing = `Block device 'disk/0 (${path})' is not set up.`;
    expect(await failure(devices.open(disk, instanceWith([disk])))).to.equal(missing);
    await devices.create(disk, 64, REQUEST);
    expect((await devices.open(disk, instanceWith([disk]))).devPath).to.equal(path);
  });

  describe('remove', () => {
    it('removes the disk and the note, twice', async () => {
      await devices.create(fileDisk(path), 64, REQUEST);
      await devices.remove(fileDisk(path));
      await devices.remove(fileDisk(path));
      expect(await readdir(fixture.storage)).to.deep.equal([]);
      expect(await readdir(fixture.cache)).to.deep.equal([]);
    });

    it('does not say that it removed what is no disk', async () => {
      await mkdir(path);
      expect(await failure(devices.remove(fileDisk(path)))).to.equal(
        `Can't attach to device disk/0 (${path}) in remove: ${path}: not a regular file`,
      );
    });

    /** Serves disks that cannot be removed `failures` times. */
    function stubborn(failures: number): { devices: BlockDevices; attempts: () => number } {
      let attempts = 0;
      const files = new FileDisks({
        disks: new FakeDisks(),
        paths: fixture.paths,
        users: NO_USERS,
      });
      const hold = (device: BlockDevice): BlockDevice => {
        const remove = device.remove.bind(device);
        device.remove = () =>
          ++attempts <= failures ? Promise.reject(new BlockDeviceError('busy')) : remove();
        return device;
      };
      const template = {
        create: async (...request: Parameters<FileDisks['create']>) =>
          hold(await files.create(...request)),
        attach: async (...request: Parameters<FileDisks['attach']>) =>
          hold(await files.attach(...request)),
      };
      return { devices: fixture.blockDevices(template), attempts: () => attempts };
    }

    it('tries again for a while', async () => {
      const { devices: holding, attempts } = stubborn(3);
      await holding.create(fileDisk(path), 64, REQUEST);
      await holding.remove(fileDisk(path));
      expect(attempts()).to.equal(4);
      expect(await readdir(fixture.storage)).to.deep.equal([]);
    });

    it('gives up in the end, and keeps the note', async () => {
      const { devices: holding, attempts } = stubborn(Infinity);
      await holding.create(fileDisk(path), 64, REQUEST);
      expect(await failure(holding.remove(fileDisk(path)))).to.equal('busy');
      expect(attempts()).to.be.within(2, 12);
      expect(await readdir(fixture.cache)).to.deep.equal([cacheName]);
    });
  });

  describe('gatherAndLink', () => {
    it('links to all disks in order', async () => {
      const disks = [fileDisk(path), fileDisk(`${path}1`, { iv_name: 'disk/1' })];
      for (const disk of disks) await devices.create(disk, 64, REQUEST);
      const linked = await devices.gatherAndLink(instanceWith(disks));
      expect(linked).to.deep.equal([
        { disk: disks[0], devPath: path, linkPath: join(fixture.links, 'inst1.lab.test:0') },
        { disk: disks[1], devPath: `${path}1`, linkPath: join(fixture.links, 'inst1.lab.test:1') },
      ]);
      await devices.removeLinks(instanceWith(disks));
      expect(await readdir(fixture.links)).to.deep.equal([]);
    });

    it('fails for a disk that is missing or cannot be linked', async () => {
      const instance = instanceWith([fileDisk(path)]);
      const missing = await failureOf(devices.gatherAndLink(instance));
      expect(missing).to.be.instanceOf(BlockDeviceError);
      expect(missing.message).to.equal(`Block device 'disk/0 (${path})' is not set up.`);
      await devices.create(fileDisk(path), 64, REQUEST);
      await rm(fixture.links, { recursive: true });
      const unlinked = await failureOf(devices.gatherAndLink(instance));
      expect(unlinked).to.be.instanceOf(BlockDeviceError);
      expect(unlinked.message).to.equal(
        'Cannot create block device symlink: No such file or directory',
      );
    });
  });

  it('removeLinks logs what it could not remove', async () => {
    await devices.removeLinks(instanceWith([fileDisk(path)], { name: 'a/b' }));
    expect(fixture.logged[0]).to.deep.include({
      message: "can't remove symlink of a disk",
      index: 0,
    });
  });
});
