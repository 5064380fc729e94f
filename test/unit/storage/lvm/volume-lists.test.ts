import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { VolumeLists } from '../../../../src/storage/lvm/volume-lists.js';
import { failureOf } from '../fixtures.js';
import { type Answer, lvmFailure, lvmOutput, ScriptedCommands } from '../scripted-commands.js';

const NO_PROGRAM: Answer = { exitCode: undefined, stderr: '' };

function listsWith(script: Record<string, Answer>): VolumeLists {
  return new VolumeLists({ commands: new ScriptedCommands(script) });
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await failureOf(work);
  expect(error).to.be.instanceOf(RpcFailure);
  return error.message;
}

describe('VolumeLists', () => {
  it('lists logical volumes, but for those that have lost their data', async () => {
    const commands = new ScriptedCommands({ lvs: lvmOutput('lvs-list') });
    const lists = new VolumeLists({ commands });
    expect(await lists.logicalVolumes(['xenvg'])).to.deep.equal({
      'xenvg/disk0': ['20.00', false, true],
      'xenvg/disk1': ['16.00', true, false],
      'xenvg/striped': ['40.00', false, false],
    });
    expect(commands.lines[0]).to.match(/^lvs .*-ovg_name,lv_name,lv_size,lv_attr xenvg$/);
  });

  it('does not take an option for a group', async () => {
    expect(await failure(listsWith({}).logicalVolumes(['--config']))).to.equal(
      "Invalid LVM name '--config'",
    );
  });

  it('lists volume groups', async () => {
    expect(await listsWith({ vgs: '  xenvg|392.90\n' }).volumeGroups()).to.deep.equal({
      xenvg: 392,
    });
    expect(await listsWith({ vgs: '' }).volumeGroups()).to.deep.equal({});
  });

  it('has no groups where there is no LVM, but says when it fails', async () => {
    expect(await listsWith({ vgs: NO_PROGRAM }).volumeGroups()).to.deep.equal({});
    expect(await failure(listsWith({ vgs: lvmFailure('locked') }).volumeGroups())).to.equal(
      'Failed to list volume groups, vgs output: locked',
    );
  });

  it('says that a size is no number', async () => {
    expect(await failure(listsWith({ vgs: '  xenvg|<392.90\n' }).volumeGroups())).to.equal(
      "Failed to list volume groups, vgs output: vgs printed no number: '<392.90'",
    );
  });

  it('lists a volume once for each of its devices', async () => {
    expect(await listsWith({ lvs: lvmOutput('lvs-devices') }).nodeVolumes()).to.deep.equal([
      { name: 'disk0', size: '20.00', dev: '/dev/sda3', vg: 'xenvg' },
      { name: 'striped', size: '40.00', dev: '/dev/sda3', vg: 'xenvg' },
      { name: 'striped', size: '40.00', dev: '/dev/sdb3', vg: 'xenvg' },
    ]);
  });

  it('fails in the words of Ganeti', async () => {
    const lists = listsWith({ lvs: lvmFailure('no such group') });
    for (const work of [lists.logicalVolumes([]), lists.nodeVolumes()])
      expect(await failure(work)).to.equal(
        'Failed to list logical volumes, lvs output: no such group',
      );
  });
});
