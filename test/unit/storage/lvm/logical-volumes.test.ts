import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { Logger } from 'winston';
import { BlockDeviceError } from '../../../../src/base/errors.js';
import type { Disk } from '../../../../src/generated/objects.js';
import type { BlockDevice } from '../../../../src/storage/block-device.js';
import { LogicalVolumes } from '../../../../src/storage/lvm/logical-volumes.js';
import { failureOf } from '../fixtures.js';
import { type Answer, lvmFailure, lvmOutput, ScriptedCommands } from '../scripted-commands.js';

const LVS = 'lvs --noheadings --nosuffix --units=k';
const ORIGINS =
  'lvs --noheadings --nosuffix --units=m --unbuffered --separator=| -ovg_name,lv_name,origin';

function plainDisk(name: string, changes: Partial<Disk> = {}): Disk {
  return { dev_type: 'plain', logical_id: ['xenvg', name], size: 20, params: {}, ...changes };
}

describe('LogicalVolumes', () => {
  let commands: ScriptedCommands;
  let warnings: object[];
  let template: LogicalVolumes;
  beforeEach(() => {
    warnings = [];
    script({});
  });

  /** Starts over with what the tools answer. */
  function script(answers: Record<string, Answer>): void {
    commands = new ScriptedCommands({
      [LVS]: lvmOutput('lvs-table'),
      pvs: lvmOutput('pvs'),
      vgs: lvmOutput('vgs'),
      ...answers,
    });
    const logger = { warn: (_message: string, data: object) => warnings.push(data) };
    template = new LogicalVolumes({ commands, logger: logger as unknown as Logger });
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(BlockDeviceError);
    return error.message;
  }

  describe('attach', () => {
    it('finds a volume, and tells its numbers', async () => {
      const device = await template.attach(plainDisk('disk0'));
      expect(device.attached).to.be.true;
      expect(device.devPath).to.equal('/dev/xenvg/disk0');
      expect(device.status()).to.deep.equal({
        dev_path: '/dev/xenvg/disk0',
        major: 253,
        minor: 0,
        is_degraded: false,
        ldisk_status: 1,
      });
      expect(commands.lines).to.deep.equal([
        `${LVS} --unbuffered --separator=| -ovg_name,lv_name,lv_attr,lv_kernel_major,` +
          'lv_kernel_minor,vg_extent_size,stripes,devices',
      ]);
    });

    it('does not find what is not there', async () => {
      expect((await template.attach(plainDisk('disk9'))).attached).to.be.false;
    });

    it('calls a volume faulty that has lost what it was made of', async () => {
      const { is_degraded: isDegraded, ldisk_status: status } = (
        await template.attach(plainDisk('lost'))
      ).status();
      expect([isDegraded, status]).to.deep.equal([true, 4]);
    });

    it('counts the devices on which a volume lies, of all its segments', async () => {
      for (const [name, spindles] of [
        ['disk0', 1],
        ['striped', 2],
        ['grown', 2],
        ['lost', 0],
      ] as const)
        expect(await (await template.attach(plainDisk(name))).actualSpindles()).to.equal(spindles);
    });

    it('does not take a failure of LVM for no volume', async () => {
      script({ [LVS]: lvmFailure('  /dev/sda3: read failed\n') });
      expect(await failure(template.attach(plainDisk('disk0')))).to.equal(
        "Can't list logical volumes: /dev/sda3: read failed",
      );
    });

    for (const [what, line] of [
      ['a line with something missing', '  xenvg|disk0|-wi-a-----'],
      ['short attributes', '  xenvg|disk0|-wi|253|0|4096.00|1|/dev/sda3(0)'],
      ['no numbers', '  xenvg|disk0|-wi-a-----|a|0|4096.00|1|/dev/sda3(0)'],
      ['strange devices', '  xenvg|disk0|-wi-a-----|253|0|4096.00|1|/dev/sda3'],
    ])
      it(`fails over ${what}`, async () => {
        script({ [LVS]: `${line}\n` });
        await failure(template.attach(plainDisk('disk0')));
      });

    it('lists the volumes once for many disks', async () => {
      const many = template.forMany();
      for (const name of ['disk0', 'disk1', 'none']) await many.attach(plainDisk(name));
      expect(commands.lines).to.have.lengthOf(1);
    });

    it('refuses names that LVM refuses, or takes for options', async () => {
      for (const name of ['', '.', '..', 'a/b', '-f', 'snapshot', 'x_mlog0', 'a b', 'a\0b'])
        expect(await failure(template.attach(plainDisk(name)))).to.equal(
          `Invalid LVM name '${name}'`,
        );
      await failure(template.attach(plainDisk('x', { logical_id: ['xenvg'] })));
      expect(commands.lines).to.deep.equal([]);
    });
  });

  describe('create', () => {
    it('makes a volume on the devices with the most room first', async () => {
      script({ lvcreate: '' });
      const device = await template.create(plainDisk('disk0'), 20, false);
      expect(device.logicalId).to.deep.equal(['xenvg', 'disk0']);
      expect(commands.changes).to.deep.equal([
        'lvcreate -Wn -L20m -ndisk0 -i1 xenvg /dev/sdb3 /dev/sda3',
      ]);
    });

    it('tries with fewer stripes', async () => {
      script({ 'lvcreate -Wn -L20m -ndisk0 -i2': lvmFailure('no room'), lvcreate: '' });
      await template.create(plainDisk('disk0', { params: { stripes: 3 } }), 20, false);
      expect(commands.changes).to.deep.equal([
        'lvcreate -Wn -L20m -ndisk0 -i2 xenvg /dev/sdb3 /dev/sda3',
        'lvcreate -Wn -L20m -ndisk0 -i1 xenvg /dev/sdb3 /dev/sda3',
      ]);
      expect(warnings).to.have.lengthOf(1);
    });

    it('fails in the words of Ganeti', async () => {
      script({ lvcreate: lvmFailure('exists') });
      expect(await failure(template.create(plainDisk('disk0'), 20, false))).to.equal(
        'LV create failed (exited with exit code 5): exists',
      );
      expect(await failure(template.create(plainDisk('disk0'), 333, false))).to.equal(
        'Not enough free space: required 333, available 332',
      );
      const elsewhere = plainDisk('x', { logical_id: ['none', 'x'] });
      expect(await failure(template.create(elsewhere, 20, false))).to.equal(
        "Can't compute PV info for vg none",
      );
    });

    it('gives a disk physical volumes to itself with exclusive storage', async () => {
      const empty = ['sda3', 'sdb3', 'sdc3'].map((name) => `/dev/${name}|xenvg|196.00|a--|196.00`);
      script({ pvs: [...empty, '/dev/sdd3|xenvg|10.00|a--|196.00'].join('\n'), lvcreate: '' });
      await template.create(plainDisk('disk0', { spindles: 2, params: { stripes: 2 } }), 300, true);
      expect(commands.changes).to.deep.equal([
        'lvcreate -Wn -L300m -ndisk0 -i2 xenvg /dev/sda3 /dev/sdb3',
      ]);
      for (const [spindles, sizeMiB, message] of [
        [null, 300, /^Unspecified number of spindles/],
        [1, 300, /^Requested number of spindles \(1\) is not enough/],
        [4, 300, /^Not enough empty PVs \(spindles\) .*: 3 available, 4 needed$/],
      ] as const)
        expect(
          await failure(template.create(plainDisk('disk0', { spindles }), sizeMiB, true)),
        ).to.match(message);
    });
  });

  describe('its volumes', () => {
    let device: BlockDevice;

    async function withVolume(answers: Record<string, Answer>, name = 'disk0'): Promise<void> {
      script(answers);
      device = await template.attach(plainDisk(name));
    }

    it('are activated always', async () => {
      await withVolume({ lvchange: '' });
      await device.assemble();
      expect(commands.changes).to.deep.equal(['lvchange -ay /dev/xenvg/disk0']);
      await withVolume({ lvchange: lvmFailure('no device mapper') });
      expect(await failure(device.assemble())).to.equal(
        "Can't activate lv /dev/xenvg/disk0: no device mapper",
      );
    });

    it('are removed, once', async () => {
      await withVolume({ lvremove: '' });
      await device.remove();
      commands.script[LVS] = '';
      await device.remove();
      expect(commands.changes).to.deep.equal(['lvremove -f xenvg/disk0']);
    });

    it('are renamed within their group', async () => {
      await withVolume({ lvrename: '' });
      await device.rename(['xenvg', 'disk9']);
      expect(commands.changes).to.deep.equal(['lvrename xenvg disk0 disk9']);
      expect(device.devPath).to.equal('/dev/xenvg/disk9');
      expect(await failure(device.rename(['other', 'disk0']))).to.include('across volume groups');
      expect(await failure(device.rename(['xenvg', '-f']))).to.equal("Invalid LVM name '-f'");
      expect(await failure(device.rename(['xenvg']))).to.include('Invalid new logical id');
    });

    it('have a note as their only tag', async () => {
      await withVolume({ 'lvs -o tags': '  old,older\n', lvchange: '' });
      await device.setInfo('originstname+inst1.lab.test $(x)');
      expect(commands.changes).to.deep.equal([
        'lvchange --deltag old /dev/xenvg/disk0',
        'lvchange --deltag older /dev/xenvg/disk0',
        'lvchange --addtag originstname+inst1.lab.test___x_ /dev/xenvg/disk0',
      ]);
    });

    it('have the size that the system says', async () => {
      await withVolume({ 'blockdev --getsize64 /dev/xenvg/disk0': '20971520\n' });
      expect(await device.actualSizeBytes()).to.equal(20971520);
    });

    describe('grow', () => {
      const request = { amountMiB: 10, isDryRun: false, exclusiveStorage: false };

      it('by whole stripes, wherever there is room', async () => {
        await withVolume(
          { 'lvextend -L +16384k --alloc contiguous': lvmFailure('no room'), lvextend: '' },
          'striped',
        );
        await device.grow(request);
        expect(commands.changes).to.deep.equal([
          'lvextend -L +16384k --alloc contiguous /dev/xenvg/striped',
          'lvextend -L +16384k --alloc cling /dev/xenvg/striped',
        ]);
      });

      it('only to see whether they could', async () => {
        await withVolume({ lvextend: '' });
        await device.grow({ ...request, isDryRun: true });
        expect(commands.changes).to.deep.equal([
          'lvextend -L +12288k --test --alloc contiguous /dev/xenvg/disk0',
        ]);
      });

      it('on their own devices with exclusive storage', async () => {
        await withVolume({ lvextend: '' });
        await device.grow({ ...request, exclusiveStorage: true });
        expect(commands.changes).to.deep.equal([
          'lvextend -L +12288k --alloc contiguous /dev/xenvg/disk0 /dev/sda3',
        ]);
        const tooMuch = { ...request, amountMiB: 152, exclusiveStorage: true };
        expect(await failure(device.grow(tooMuch))).to.equal(
          'Not enough free space to grow /dev/xenvg/disk0: 152 MiB required, 150 available',
        );
      });

      it('or say why not', async () => {
        await withVolume({ lvextend: lvmFailure('no room') });
        expect(await failure(device.grow(request))).to.equal(
          "Can't grow LV /dev/xenvg/disk0: no room",
        );
        expect(await failure(device.grow({ ...request, amountMiB: -1 }))).to.include('negative');
        const missing = await template.attach(plainDisk('disk9'));
        expect(await failure(missing.grow(request))).to.equal("Can't attach to LV during Grow()");
      });
    });

    describe('have snapshots', () => {
      const request = { name: null, sizeMiB: null };

      it('as large as they are, unless told otherwise', async () => {
        await withVolume({ [ORIGINS]: '  xenvg|disk0|\n', lvcreate: '' });
        expect(await device.snapshot(request)).to.deep.equal(['xenvg', 'disk0.snap']);
        await device.snapshot({ name: 'now', sizeMiB: 4 });
        expect(commands.changes).to.deep.equal([
          'lvcreate -L20m -s -ndisk0.snap /dev/xenvg/disk0',
          'lvcreate -L4m -s -nnow /dev/xenvg/disk0',
        ]);
      });

      it('which take the place of older ones, but of nothing else', async () => {
        await withVolume({ [ORIGINS]: '  xenvg|disk0.snap|disk0\n', lvcreate: '', lvremove: '' });
        await device.snapshot(request);
        expect(commands.changes[0]).to.equal('lvremove -f xenvg/disk0.snap');
        await withVolume({ [ORIGINS]: '  xenvg|disk1|\n' });
        expect(await failure(device.snapshot({ name: 'disk1', sizeMiB: null }))).to.equal(
          'xenvg/disk1 exists and is no snapshot of disk0',
        );
      });

      it('only where there is room', async () => {
        await withVolume({ [ORIGINS]: '' });
        expect(await failure(device.snapshot({ name: null, sizeMiB: 333 }))).to.equal(
          'Not enough free space: required 333, available 332',
        );
        await withVolume({ [ORIGINS]: '', vgs: '' });
        expect(await failure(device.snapshot(request))).to.equal(
          "Can't compute VG info for vg xenvg",
        );
      });
    });
  });
});
