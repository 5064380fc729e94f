import { readdir, stat, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FileStoragePathError, RpcFailure } from '../../../../src/base/errors.js';
import { DiskChanges } from '../../../../src/storage/disks/changes.js';
import { LogicalVolumes } from '../../../../src/storage/lvm/logical-volumes.js';
import { failureOf, fileDisk, StorageFixture } from '../fixtures.js';
import { lvmOutput, ScriptedCommands } from '../scripted-commands.js';

describe('DiskChanges', () => {
  let fixture: StorageFixture;
  let commands: ScriptedCommands;
  let changes: DiskChanges;
  let path: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    commands = new ScriptedCommands({ lvs: lvmOutput('lvs-table'), lvextend: '' });
    const plain = new LogicalVolumes({ commands, logger: fixture.logger });
    changes = new DiskChanges({
      templates: fixture.templates({ plain }),
      deviceCache: fixture.deviceCache,
    });
    path = fixture.diskPath();
    await writeFile(path, 'data');
  });
  afterEach(() => fixture.remove());

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'block-device');
    return error.message;
  }

  describe('rename', () => {
    it('renames disks, and forgets whose the old names were', async () => {
      const owner = { owner: 'inst1', onPrimary: true, ivName: 'disk/0' };
      await fixture.deviceCache.update(path, owner);
      await changes.rename([[fileDisk(path), ['loop', `${path}.new`]]]);
      expect(await readdir(fixture.storage)).to.deep.equal(['disk0.new']);
      expect(await readdir(fixture.cache)).to.deep.equal([]);
    });

    it('renames what it can, and names what it could not', async () => {
      const message = await failure(
        changes.rename([
          [fileDisk(`${path}1`), ['loop', `${path}2`]],
          [fileDisk(path), ['loop', '/etc/disk0']],
          [fileDisk(path), ['loop', { path: 1 }]],
          [fileDisk(path), ['loop', `${path}3`]],
        ]),
      );
      expect(message).to.equal(
        `Can't find device disk/0 (${path}1) in rename; ` +
          `Can't rename device 'disk/0 (${path})' to 'loop//etc/disk0': ` +
          "Path '/etc/disk0' uses a forbidden prefix; " +
          `Can't rename device 'disk/0 (${path})' to 'loop/{"path":1}': ` +
          'Invalid configuration data ["loop",{"path":1}]',
      );
      expect(await readdir(fixture.storage)).to.deep.equal(['disk03']);
    });
  });

  describe('grow', () => {
    const request = { amountMiB: 1, isDryRun: false, exclusiveStorage: false };

    it('makes a disk larger', async () => {
      await changes.grow(fileDisk(path), true, request);
      expect((await stat(path)).size).to.equal(4 + 1024 * 1024);
    });

    it('leaves it alone when not the storage itself is meant', async () => {
      await changes.grow(fileDisk(path), false, request);
      expect((await stat(path)).size).to.equal(4);
    });

    it('fails in the words of Ganeti', async () => {
      expect(await failure(changes.grow(fileDisk(`${path}1`), true, request))).to.equal(
        `Cannot find block device disk/0 (${path}1)`,
      );
      const negative = { ...request, amountMiB: -1 };
      expect(await failure(changes.grow(fileDisk(path), true, negative))).to.equal(
        `Failed to grow block device: ${path}: can't grow by negative amount`,
      );
      const outside = changes.grow(fileDisk('/srv/elsewhere'), true, request);
      expect(await failureOf(outside)).to.be.instanceOf(FileStoragePathError);
    });
  });

  it('snapshot refuses disks without snapshots', async () => {
    for (const name of ['file', 'sharedfile', 'drbd', 'blockdev'])
      expect(
        await failure(
          changes.snapshot(fileDisk(path, { dev_type: name }), { name: null, sizeMiB: null }),
        ),
      ).to.equal(`Cannot snapshot block device 'disk/0 (${path})' of type '${name}'`);
  });

  it('snapshot takes an empty name and a size of 0 for none', async () => {
    const disk = fileDisk(path, { dev_type: 'plain', logical_id: ['xenvg', 'disk0'], size: 20 });
    Object.assign(commands.script, {
      'lvs --noheadings --nosuffix --units=m': '',
      vgs: lvmOutput('vgs'),
      lvcreate: '',
    });
    expect(await changes.snapshot(disk, { name: '', sizeMiB: 0 })).to.deep.equal([
      'xenvg',
      'disk0.snap',
    ]);
    expect(commands.changes).to.deep.equal(['lvcreate -L20m -s -ndisk0.snap /dev/xenvg/disk0']);
  });

  it('setInfo says nothing where the template keeps no notes, and fails for no disk', async () => {
    await changes.setInfo(fileDisk(path), 'originstname+inst1');
    expect(await failure(changes.setInfo(fileDisk(`${path}1`), 'x'))).to.equal(
      `Cannot find block device disk/0 (${path}1)`,
    );
    const served = changes.setInfo(fileDisk(path, { dev_type: 'rbd' }), 'x');
    expect(await failure(served)).to.equal("Disk template 'rbd' is not served");
  });
});
