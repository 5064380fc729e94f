import { mkdir, statfs, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FileStoragePathError, RpcFailure } from '../../../../src/base/errors.js';
import { StorageUnits } from '../../../../src/storage/units/storage-units.js';
import { type Mount, parseMountinfo } from '../../../../src/system/proc/mount-table.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { failureOf, StorageFixture } from '../fixtures.js';
import { type Answer, lvmFailure, lvmOutput, ScriptedCommands } from '../scripted-commands.js';

const FIELDS = ['name', 'size', 'used', 'free', 'allocatable'];

describe('StorageUnits', () => {
  let fixture: StorageFixture;
  let commands: ScriptedCommands;
  let units: StorageUnits;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    script({});
  });
  afterEach(() => fixture.remove());

  function script(answers: Record<string, Answer>, mounts: Mount[] = []): void {
    commands = new ScriptedCommands(answers);
    const mountTable = { read: () => Promise.resolve(mounts) };
    units = new StorageUnits({
      disks: new FakeDisks(),
      paths: fixture.paths,
      commands,
      mountTable,
    });
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(RpcFailure);
    return error.message;
  }

  describe('of files', () => {
    it('are listed with what lies in them, links not followed', async () => {
      script({ stat: '1048576 258020 80490\n' });
      await mkdir(join(fixture.storage, 'inst1'));
      for (const name of ['inst1/disk0', 'inst1/disk1']) {
        await writeFile(join(fixture.storage, name), '');
        await truncate(join(fixture.storage, name), 3 * 1024 * 1024);
      }
      await symlink('/usr', join(fixture.storage, 'inst1', 'link'));
      for (const type of ['file', 'sharedfile'])
        expect(await units.list(type, [[fixture.storage]], null, FIELDS)).to.deep.equal([
          [fixture.storage, 258020, 6, 80490, true],
        ]);
      expect(commands.lines).to.have.lengthOf(2);
    });

    it('start no program when their file system is a local one', async () => {
      script({}, parseMountinfo('1 0 8:1 / / rw - ext4 x rw\n'));
      const { bsize, blocks } = await statfs(fixture.storage);
      const [row] = await units.list('file', [[fixture.storage]], null, ['size']);
      expect(row).to.deep.equal([Math.round((bsize * blocks) / 1024 / 1024)]);
      expect(commands.lines).to.deep.equal([]);
    });

    it('are asked about by name', async () => {
      const inside = join(fixture.storage, 'inst1');
      expect(await units.list('file', [[fixture.storage]], inside, ['name', 'used'])).to.deep.equal(
        [[inside, 0]],
      );
    });

    it('are only those which the node allows', async () => {
      for (const directory of ['/etc', `${fixture.storage}/../..`, 'x'])
        for (const work of [
          units.list('file', [[directory]], null, FIELDS),
          units.list('file', [[]], directory, FIELDS),
        ])
          expect(await failureOf(work)).to.be.instanceOf(FileStoragePathError);
    });

    it('cannot be changed', async () => {
      await units.modify('file', [[]], 'x', {});
      expect(await failure(units.modify('file', [[]], 'x', { allocatable: true }))).to.equal(
        'Unable to modify the following fields: allocatable',
      );
      expect(await failure(units.execute('file', [[]], 'x', 'fix-consistency'))).to.equal(
        "Unknown storage operation: 'fix-consistency'",
      );
    });
  });

  describe('of LVM', () => {
    it('are listed', async () => {
      script({ pvs: lvmOutput('pvs-units'), vgs: lvmOutput('vgs-units') });
      expect(await units.list('lvm-pv', [], null, FIELDS)).to.deep.equal([
        ['/dev/sda3', 196, 40, 156, true],
        ['/dev/sdb3', 196, 20, 176, false],
      ]);
      expect(await units.list('lvm-vg', [], 'xenvg', FIELDS)).to.deep.equal([
        ['xenvg', 392, 60, 332, true],
      ]);
      expect(commands.lines[1]).to.match(/ xenvg$/);
    });

    it('let a physical volume be closed to new volumes', async () => {
      script({ pvchange: '' });
      await units.modify('lvm-pv', [], '/dev/sda3', { allocatable: false });
      await units.modify('lvm-pv', [], '/dev/sda3', { allocatable: true });
      await units.modify('lvm-pv', [], '/dev/sda3', {});
      expect(commands.lines).to.deep.equal([
        'pvchange --allocatable n /dev/sda3',
        'pvchange --allocatable y /dev/sda3',
      ]);
      expect(await failure(units.modify('lvm-pv', [], '/dev/sda3', { size: 1 }))).to.equal(
        'Unable to modify the following fields: size',
      );
    });

    it('forget the devices that a group has lost', async () => {
      script({ vgreduce: '  Wrote out consistent volume group xenvg\n', vgs: '  xenvg\n' });
      await units.execute('lvm-vg', [], 'xenvg', 'fix-consistency');
      expect(commands.lines).to.deep.equal([
        'vgreduce --removemissing xenvg',
        'vgs --noheadings --nosuffix xenvg',
      ]);
    });

    it('are forced to, and say if that did not help', async () => {
      script({ vgreduce: lvmFailure('use --force'), vgs: "Couldn't find device with uuid x" });
      const message = await failure(units.execute('lvm-vg', [], 'xenvg', 'fix-consistency'));
      expect(message).to.match(/^Volume group 'xenvg' still not consistent, .*use --force/s);
      expect(commands.lines[1]).to.equal('vgreduce --removemissing --force xenvg');
    });

    it('have no names that are options', async () => {
      for (const work of [
        units.list('lvm-pv', [], '--config', FIELDS),
        units.list('lvm-vg', [], '-v', FIELDS),
        units.modify('lvm-pv', [], '-a', { allocatable: true }),
        units.execute('lvm-vg', [], '-a', 'fix-consistency'),
      ])
        await failure(work);
      expect(commands.lines).to.deep.equal([]);
    });
  });

  it('fail for what is unknown', async () => {
    for (const type of ['tape', 'gluster', '__proto__'])
      expect(await failure(units.list(type, [], null, []))).to.equal(
        `Unknown storage type: '${type}'`,
      );
    expect(await failure(units.list('lvm-vg', [], null, ['colour']))).to.equal(
      "Unknown field: 'colour'",
    );
    expect(await failure(units.list('file', [[fixture.storage]], null, ['colour']))).to.equal(
      "Unknown field: 'colour'",
    );
    expect(await failure(units.execute('lvm-vg', [], 'xenvg', 'burn'))).to.equal(
      "Unknown storage operation: 'burn'",
    );
    await failure(units.list('file', [], null, []));
  });
});
