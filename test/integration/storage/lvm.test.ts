import { execFileSync, spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Logger } from 'winston';
import type { Disk } from '../../../src/generated/objects.js';
import { LogicalVolumes } from '../../../src/storage/lvm/logical-volumes.js';
import { VolumeLists } from '../../../src/storage/lvm/volume-lists.js';
import { StorageSpace } from '../../../src/storage/units/storage-space.js';
import { StorageUnits } from '../../../src/storage/units/storage-units.js';
import {
  type CommandResult,
  type CommandRunner,
  Commands,
} from '../../../src/system/command/command.js';
import type { CommandOptions } from '../../../src/system/command/command-options.js';
import { MountTable } from '../../../src/system/proc/mount-table.js';
import { machineState } from '../../../tools/kit/machine/machine-state.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { attachLoop, detachLoop } from '../../support/machine/loops.js';
import { failureOf, StorageFixture } from '../../unit/storage/fixtures.js';

/** No copies of the metadata in /etc/lvm. */
const NO_BACKUP = ['--config', 'backup { backup = 0 archive = 0 }'];
const LISTING = ['lvs', 'pvs', 'vgs'];

/**
 * Runs lvm2's real tools on real metadata, but tells them that there is no device mapper: what makes devices is left
 * out, and all else is as on any node.
 */
class DriverlessLvm implements CommandRunner {
  readonly #commands = new Commands();

  run(
    [tool, ...args]: readonly [string, ...string[]],
    options: CommandOptions,
  ): Promise<CommandResult> {
    const isLvm = LISTING.includes(tool) || /^(lv|vg|pv)[a-z]+$/.test(tool);
    if (!isLvm) return this.#commands.run([tool, ...args], options);
    const unmade = tool === 'lvcreate' && !args.includes('-s') ? ['-an', '-Zn'] : [];
    return this.#commands.run(
      [tool, '--driverloaded', 'n', ...NO_BACKUP, ...unmade, ...args],
      options,
    );
  }
}

describe('Logical volumes with the real tools (skipped where lvm2 is not installed)', () => {
  let fixture: StorageFixture;
  let group: string;
  let devices: string[];
  let template: LogicalVolumes;
  const hasLvm = spawnSync('lvm', ['version']).error === undefined;
  const commands = new DriverlessLvm();
  const logger = { warn: () => undefined } as unknown as Logger;

  before(function () {
    if (!hasLvm) this.skip();
  });

  beforeEach(async () => {
    fixture = await StorageFixture.create();
    group = basename(fixture.root).replaceAll('_', '.');
    devices = [];
    for (const name of ['a', 'b']) {
      const file = fixture.diskPath(name);
      execFileSync('truncate', ['-s', '100M', file]);
      devices.push(await attachLoop(file));
    }
    execFileSync('vgcreate', [...NO_BACKUP, group, ...devices], { stdio: 'ignore' });
    template = new LogicalVolumes({ commands, logger });
  });

  afterEach(async () => {
    spawnSync('vgremove', ['--driverloaded', 'n', ...NO_BACKUP, '-ff', '-y', group]);
    for (const device of devices) await detachLoop(device);
    expect(machineState(basename(fixture.root)).loops).to.deep.equal([]);
    await fixture.remove();
  });

  after(() => {
    if (!hasLvm) return;
    expect(execFileSync('vgs', ['--noheadings'], { encoding: 'utf8' })).not.to.include(group);
  });

  function disk(name: string, stripes = 1): Disk {
    const params = { stripes };
    return { dev_type: 'plain', logical_id: [group, name], size: 20, mode: 'rw', params };
  }

  it('are made, found, tagged, grown, renamed and removed', async () => {
    const device = await template.create(disk('disk0', 2), 20, false);
    expect(device.attached).to.be.true;
    expect(await device.actualSpindles()).to.equal(2);
    await device.setInfo('originstname+inst1.lab.test');
    await device.setInfo('originstname+inst2.lab.test');
    expect(
      execFileSync('lvs', ['--noheadings', '-otags', group], { encoding: 'utf8' }).trim(),
    ).to.equal('originstname+inst2.lab.test');
    await device.grow({ amountMiB: 1, isDryRun: true, exclusiveStorage: false });
    await device.grow({ amountMiB: 1, isDryRun: false, exclusiveStorage: false });
    await device.rename([group, 'disk9']);
    const found = await template.attach(disk('disk9'));
    expect(found.attached).to.be.true;
    const lists = new VolumeLists({ commands });
    expect((await lists.logicalVolumes([group]))[`${group}/disk9`]?.[0]).to.equal('32.00');
    expect((await lists.nodeVolumes()).filter(({ vg }) => vg === group)).to.have.lengthOf(2);
    await found.remove();
    await found.remove();
    expect((await template.attach(disk('disk9'))).attached).to.be.false;
  });

  it('are not made where there is no room', async () => {
    const error = await failureOf(template.create(disk('disk0'), 500, false));
    expect(error.message).to.equal('Not enough free space: required 500, available 192');
    await template.create(disk('disk0'), 20, false);
    expect((await failureOf(template.create(disk('disk0'), 20, false))).message).to.match(
      /^LV create failed \(exited with exit code 5\): .*already exists/s,
    );
  });

  it('are measured', async () => {
    await template.create(disk('disk0'), 20, false);
    const mountTable = new MountTable();
    const space = new StorageSpace({ commands, mountTable, logger: fixture.logger });
    expect(await space.measure(['lvm-vg', group, [false]])).to.deep.include({
      storage_free: 172,
      storage_size: 192,
    });
    expect(await space.measure(['lvm-pv', group, [true]])).to.deep.include({
      storage_free: 1,
      storage_size: 2,
    });
    const units = new StorageUnits({
      disks: new FakeDisks(),
      paths: fixture.paths,
      commands,
      mountTable,
    });
    expect(await units.list('lvm-vg', [], group, ['name', 'used', 'allocatable'])).to.deep.equal([
      [group, 20, true],
    ]);
    const [device = ''] = devices;
    await units.modify('lvm-pv', [], device, { allocatable: false });
    expect(await units.list('lvm-pv', [], device, ['allocatable'])).to.deep.equal([[false]]);
    await units.execute('lvm-vg', [], group, 'fix-consistency');
    expect((await new VolumeLists({ commands }).volumeGroups())[group]).to.equal(192);
  });
});
