import { execFileSync } from 'node:child_process';
import {
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BlockDeviceError, FileStoragePathError } from '../../../../src/base/errors.js';
import { FileDisks } from '../../../../src/storage/file/disk.js';
import { steadyTemporaryName } from '../../../../src/system/file/files.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { failureOf, fileDisk, NO_USERS, StorageFixture } from '../fixtures.js';

const BYTES_PER_MIB = 1024 * 1024;

/** Limits how large this process may make a file. */
function limitFileSize(sizeMiB: number | undefined): void {
  const limit = sizeMiB === undefined ? 'unlimited' : String(sizeMiB * BYTES_PER_MIB);
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${limit}:`]);
}

describe('FileDisks', () => {
  let fixture: StorageFixture;
  let template: FileDisks;
  let path: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    template = new FileDisks({ disks: new FakeDisks(), paths: fixture.paths, users: NO_USERS });
    path = fixture.diskPath();
  });
  afterEach(() => fixture.remove());

  /** What must never be taken for a disk, by what it is called in a sentence. */
  const intruders: Readonly<Record<string, () => Promise<unknown>>> = {
    'a directory': () => mkdir(path),
    'a FIFO': () => Promise.resolve(execFileSync('mkfifo', [path])),
    'a link to another disk': async () => {
      await writeFile(join(fixture.storage, 'other'), 'data');
      await symlink('other', path);
    },
  };

  describe('create', () => {
    it('makes a file of holes that only root can read', async () => {
      const device = await template.create(fileDisk(path), 64, false);
      const { size, blocks, mode } = await stat(path);
      expect({ size, blocks, mode: mode & 0o777 }).to.deep.equal({
        size: 64 * BYTES_PER_MIB,
        blocks: 0,
        mode: 0o600,
      });
      expect(device.devPath).to.equal(path);
      expect(device.logicalId).to.deep.equal(['loop', path]);
      expect(device.attached).to.be.true;
    });

    it('fails when the file exists, and leaves it alone', async () => {
      await writeFile(path, 'data');
      const error = await failureOf(template.create(fileDisk(path), 1, false));
      expect(error).to.be.instanceOf(BlockDeviceError);
      expect(error.message).to.equal(`${path}: can't create: File already exists`);
      expect(await readFile(path, 'utf8')).to.equal('data');
    });

    for (const [what, make] of Object.entries(intruders))
      it(`fails when there is ${what}`, async () => {
        await make();
        const error = await failureOf(template.create(fileDisk(path), 1, false));
        expect(error).to.be.instanceOf(BlockDeviceError);
        expect(error.message).to.equal(`${path}: can't create: File already exists`);
      });

    it('takes away what a daemon has left that was killed while it made the disk', async () => {
      await writeFile(steadyTemporaryName(path), 'half');
      await template.create(fileDisk(path), 1, false);
      expect(await readdir(fixture.storage)).to.deep.equal([basename(path)]);
    });

    it('fails when its directory is missing', async () => {
      const deep = join(fixture.storage, 'inst1', 'disk0');
      const error = await failureOf(template.create(fileDisk(deep), 1, false));
      expect(error.message).to.equal(`${deep}: can't create: No such file or directory`);
    });

    it('leaves no partial file of a size that cannot be', async () => {
      const error = await failureOf(template.create(fileDisk(path), 2 ** 40, false));
      expect(error).to.be.instanceOf(BlockDeviceError);
      expect(error.message).to.include(`${path}: can't create: `);
      expect(await readdir(fixture.storage)).to.deep.equal([]);
    });

    it('leaves no partial file when the system refuses the size', async () => {
      const ignore = () => undefined;
      process.on('SIGXFSZ', ignore);
      limitFileSize(1024);
      try {
        const error = await failureOf(template.create(fileDisk(path), 1025, false));
        expect(error.message).to.equal(`${path}: can't create: File too large`);
        expect(await readdir(fixture.storage)).to.deep.equal([]);
      } finally {
        limitFileSize(undefined);
        process.off('SIGXFSZ', ignore);
      }
    });

    it('refuses a path outside of the allowed directories', async () => {
      const outside = join(fixture.root, 'disk0');
      const error = await failureOf(template.create(fileDisk(outside), 1, false));
      expect(error).to.be.instanceOf(FileStoragePathError);
      expect(await readdir(fixture.root)).not.to.include('disk0');
    });

    it('refuses what it cannot make', async () => {
      const child = fileDisk(join(fixture.storage, 'child'));
      for (const [disk, isExclusive, message] of [
        [fileDisk(path), true, 'File device requested with exclusive_storage'],
        [fileDisk(path, { children: [child] }), false, 'Invalid setup for file device'],
        [fileDisk(path, { logical_id: [path] }), false, `Invalid configuration data ["${path}"]`],
        [
          fileDisk(path, { logical_id: ['loop', 5] }),
          false,
          'Invalid configuration data ["loop",5]',
        ],
      ] as const) {
        const error = await failureOf(template.create(disk, 1, isExclusive));
        expect(error).to.be.instanceOf(BlockDeviceError);
        expect(error.message).to.equal(message);
      }
    });
  });

  describe('attach', () => {
    it('tells whether the disk exists', async () => {
      expect((await template.attach(fileDisk(path))).attached).to.be.false;
      await writeFile(path, 'data');
      expect((await template.attach(fileDisk(path))).attached).to.be.true;
    });

    it('finds nothing below what is no directory', async () => {
      await writeFile(path, 'data');
      expect((await template.attach(fileDisk(join(path, 'x')))).attached).to.be.false;
    });

    for (const [what, make] of Object.entries(intruders))
      it(`refuses ${what}`, async () => {
        await make();
        const error = await failureOf(template.attach(fileDisk(path)));
        expect(error).to.be.instanceOf(BlockDeviceError);
        expect(error.message).to.equal(`${path}: not a regular file`);
      });
  });

  describe('its disks', () => {
    it('fail to assemble, and have no size, once the file is gone', async () => {
      const device = await template.create(fileDisk(path), 1, false);
      await device.assemble();
      expect(await device.actualSizeBytes()).to.equal(BYTES_PER_MIB);
      await rm(path);
      for (const work of [() => device.assemble(), () => device.actualSizeBytes()])
        expect((await failureOf(work())).message).to.equal(`${path}: No such file`);
    });

    it('tell their state as Ganeti does', async () => {
      const device = await template.create(fileDisk(path), 1, false);
      expect(device.status()).to.deep.equal({
        dev_path: path,
        is_degraded: false,
        ldisk_status: 1,
      });
    });

    it('go with what a daemon has left that was killed while it made the disk', async () => {
      const device = await template.create(fileDisk(path), 1, false);
      await link(path, steadyTemporaryName(path));
      await device.remove();
      expect(await readdir(fixture.storage)).to.deep.equal([]);
    });

    describe('rename', () => {
      it('moves the file', async () => {
        const device = await template.create(fileDisk(path), 1, false);
        await device.rename(['loop', `${path}.new`]);
        expect(await readdir(fixture.storage)).to.deep.equal(['disk0.new']);
        expect(device.devPath).to.equal(`${path}.new`);
        expect(device.logicalId).to.deep.equal(['loop', `${path}.new`]);
      });

      it('takes no other place, and none outside of the allowed directories', async () => {
        const device = await template.create(fileDisk(path), 1, false);
        await writeFile(`${path}.new`, 'data');
        expect((await failureOf(device.rename(['loop', `${path}.new`]))).message).to.equal(
          `${path}: can't rename to ${path}.new: File already exists`,
        );
        const outside = ['loop', join(fixture.root, 'disk0')];
        expect(await failureOf(device.rename(outside))).to.be.instanceOf(FileStoragePathError);
        expect(await readFile(`${path}.new`, 'utf8')).to.equal('data');
        expect(device.devPath).to.equal(path);
      });
    });

    describe('grow', () => {
      const request = { amountMiB: 2, isDryRun: false, exclusiveStorage: false };

      it('makes the file larger by a hole', async () => {
        const device = await template.create(fileDisk(path), 1, false);
        await device.grow({ ...request, isDryRun: true });
        expect(await device.actualSizeBytes()).to.equal(BYTES_PER_MIB);
        await device.grow(request);
        const { size, blocks } = await stat(path);
        expect({ size, blocks }).to.deep.equal({ size: 3 * BYTES_PER_MIB, blocks: 0 });
      });

      it('never makes it smaller, nor one that is gone', async () => {
        const device = await template.create(fileDisk(path), 1, false);
        expect((await failureOf(device.grow({ ...request, amountMiB: -1 }))).message).to.equal(
          `${path}: can't grow by negative amount`,
        );
        await rm(path);
        expect((await failureOf(device.grow(request))).message).to.equal(`${path}: No such file`);
      });
    });

    it('are not removed while anybody uses them, who is named', async () => {
      const users = { of: () => Promise.resolve(['/dev/loop3 (mounted at /mnt)', '/dev/loop4']) };
      const inUse = new FileDisks({ disks: new FakeDisks(), paths: fixture.paths, users });
      const device = await inUse.create(fileDisk(path), 1, false);
      expect((await failureOf(device.remove())).message).to.equal(
        `${path}: can't remove: in use by /dev/loop3 (mounted at /mnt), /dev/loop4`,
      );
      expect(await readdir(fixture.storage)).to.deep.equal(['disk0']);
    });

    it('can be removed twice', async () => {
      const device = await template.create(fileDisk(path), 1, false);
      await device.remove();
      await device.remove();
      expect(await readdir(fixture.storage)).to.deep.equal([]);
    });

    for (const [what, make] of Object.entries(intruders))
      it(`do not remove ${what} that took their place`, async () => {
        const device = await template.create(fileDisk(path), 1, false);
        await rm(path);
        await make();
        expect((await failureOf(device.remove())).message).to.equal(`${path}: not a regular file`);
        expect((await lstat(path)).isFile()).to.be.false;
      });
  });
});
