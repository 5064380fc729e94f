import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import type { Disk } from '../../../../src/generated/objects.js';
import { DiskStates } from '../../../../src/storage/disks/states.js';
import { LogicalVolumes } from '../../../../src/storage/lvm/logical-volumes.js';
import { failureOf, fileDisk, StorageFixture } from '../fixtures.js';
import { lvmOutput, ScriptedCommands } from '../scripted-commands.js';

describe('DiskStates', () => {
  let fixture: StorageFixture;
  let commands: ScriptedCommands;
  let states: DiskStates;
  let found: Disk;
  let missing: Disk;
  let strange: Disk;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    commands = new ScriptedCommands({ lvs: lvmOutput('lvs-table'), blockdev: '20971520\n' });
    const plain = new LogicalVolumes({ commands, logger: fixture.logger });
    states = new DiskStates({ templates: fixture.templates({ plain }) });
    found = fileDisk(fixture.diskPath('found'));
    missing = fileDisk(fixture.diskPath('missing'));
    strange = fileDisk(fixture.diskPath('strange'));
    await writeFile(fixture.diskPath('found'), '');
    await truncate(fixture.diskPath('found'), 64 * 1024 * 1024);
    await mkdir(fixture.diskPath('strange'));
  });
  afterEach(() => fixture.remove());

  function volume(name: string): Disk {
    return { dev_type: 'plain', logical_id: ['xenvg', name], size: 20, mode: 'rw' };
  }

  const okay = () => ({
    dev_path: fixture.diskPath('found'),
    is_degraded: false,
    ldisk_status: 1,
  });

  it('mirrorStatus tells the state of all, or which one is missing', async () => {
    expect(await states.mirrorStatus([])).to.deep.equal([]);
    expect(await states.mirrorStatus([found, found])).to.deep.equal([okay(), okay()]);
    const error = await failureOf(states.mirrorStatus([found, missing]));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(`Can't find device disk/0 (${fixture.diskPath('missing')})`);
  });

  it('mirrorStatusMulti tells the state of those that are there', async () => {
    const drbd = fileDisk('/srv/x', { dev_type: 'drbd' });
    expect(await states.mirrorStatusMulti([found, missing, strange, drbd])).to.deep.equal([
      [true, okay()],
      [false, `Can't find device disk/0 (${fixture.diskPath('missing')})`],
      [false, `${fixture.diskPath('strange')}: not a regular file`],
      [false, "Disk template 'drbd' is not served"],
    ]);
  });

  it('asks LVM once for all', async () => {
    const answers = await states.mirrorStatusMulti([volume('disk0'), volume('x'), volume('lost')]);
    expect(answers.map(([isFound]) => isFound)).to.deep.equal([true, false, true]);
    expect(commands.lines).to.have.lengthOf(1);
  });

  it('dimensions tells bytes and spindles, or nothing', async () => {
    expect(
      await states.dimensions([found, missing, strange, volume('striped'), volume('x')]),
    ).to.deep.equal([[67108864, null], null, null, [20971520, 2], null]);
  });

  it('dimensions fails when a size cannot be told', async () => {
    commands.script['blockdev'] = { exitCode: 1, stderr: 'no medium' };
    const error = await failureOf(states.dimensions([volume('disk0')]));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal('blockdev failed (exited with exit code 1): no medium');
  });

  it('pauseResumeSync has nothing to do, but for what is missing', async () => {
    expect(await states.pauseResumeSync([found, missing, strange])).to.deep.equal([
      [true, null],
      [
        false,
        `Cannot change sync for device disk/0 (${fixture.diskPath('missing')}): device not found`,
      ],
      [
        false,
        `Cannot change sync for device disk/0 (${fixture.diskPath('strange')}): device not found`,
      ],
    ]);
  });
});
