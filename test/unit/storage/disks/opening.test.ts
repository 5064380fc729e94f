import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BlockDeviceError, RpcFailure } from '../../../../src/base/errors.js';
import type { Disk } from '../../../../src/generated/objects.js';
import type { BlockDevice } from '../../../../src/storage/block-device.js';
import type { DiskTemplate } from '../../../../src/storage/disk-templates.js';
import { DiskOpening } from '../../../../src/storage/disks/opening.js';
import { FileDisks } from '../../../../src/storage/file/disk.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { failureOf, fileDisk, NO_USERS, StorageFixture } from '../fixtures.js';

describe('DiskOpening', () => {
  let fixture: StorageFixture;
  let disks: Disk[];
  let calls: string[];
  let opening: DiskOpening;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    calls = [];
    opening = openingWith(() => Promise.resolve());
    disks = ['disk0', 'disk1'].map((name) => fileDisk(fixture.diskPath(name)));
    for (const disk of disks) await writeFile(String(disk.logical_id[1]), '');
  });
  afterEach(() => fixture.remove());

  /** Serves files which do `work` when they are opened and closed. */
  function openingWith(work: (device: BlockDevice) => Promise<void>): DiskOpening {
    const files = new FileDisks({ disks: new FakeDisks(), paths: fixture.paths, users: NO_USERS });
    const file: DiskTemplate = {
      create: (...request) => files.create(...request),
      attach: async (disk) => {
        const device: BlockDevice = await files.attach(disk);
        device.open = (options) => {
          calls.push(`open ${JSON.stringify(options)}`);
          return work(device);
        };
        device.close = () => {
          calls.push('close');
          return work(device);
        };
        return device;
      },
    };
    return new DiskOpening({ templates: fixture.templates({ file }), links: fixture.diskLinks });
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'block-device');
    return error.message;
  }

  it('opens disks and links to them, and undoes it', async () => {
    await opening.open('inst1', disks, { exclusive: false });
    expect(calls).to.deep.equal(['open {"exclusive":false}', 'open {"exclusive":false}']);
    expect(await readdir(fixture.links)).to.have.members(['inst1:0', 'inst1:1']);
    expect(await readlink(join(fixture.links, 'inst1:1'))).to.equal(fixture.diskPath('disk1'));
    await opening.close('inst1', disks);
    expect(calls.slice(2)).to.deep.equal(['close', 'close']);
    expect(await readdir(fixture.links)).to.deep.equal([]);
  });

  it('closes disks without links', async () => {
    await opening.open('inst1', disks, { exclusive: true });
    await opening.close('', disks);
    await opening.close('inst3', []);
    expect(await readdir(fixture.links)).to.have.lengthOf(2);
  });

  it('touches nothing when a disk is missing', async () => {
    await rm(fixture.diskPath('disk1'));
    const message = `Can't find device disk/0 (${fixture.diskPath('disk1')})`;
    expect(await failure(opening.open('inst1', disks, { exclusive: true }))).to.equal(message);
    expect(await failure(opening.close('inst1', disks))).to.equal(message);
    expect(calls).to.deep.equal([]);
  });

  it('does what it can, and keeps the links of disks that are not closed', async () => {
    await opening.open('inst1', disks, { exclusive: true });
    const stubborn = openingWith(({ devPath }) =>
      Promise.reject(new BlockDeviceError(`${devPath} is busy`)),
    );
    const busy = disks.map(({ logical_id: [, path] }) => `${String(path)} is busy`).join(',');
    expect(await failure(stubborn.close('inst1', disks))).to.equal(`Can't close devices: ${busy}`);
    expect(await failure(stubborn.open('inst1', disks, { exclusive: true }))).to.equal(
      `Can't open devices: ${busy}`,
    );
    expect(await readdir(fixture.links)).to.have.lengthOf(2);
  });

  it('says when a link cannot be made', async () => {
    await mkdir(join(fixture.links, 'inst1:0'));
    expect(await failure(opening.open('inst1', disks, { exclusive: true }))).to.equal(
      "Can't open devices: Cannot change block device symlink: Illegal operation on a directory",
    );
    expect(await readdir(fixture.links)).to.have.members(['inst1:0', 'inst1:1']);
  });
});
