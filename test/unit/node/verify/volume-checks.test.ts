import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  logicalVolumes,
  physicalVolumes,
  sharedPhysicalVolumes,
  type VolumeChecksParts,
  volumeGroups,
} from '../../../../src/node/verify/volume-checks.js';
import { LvmTools } from '../../../../src/storage/lvm/tools.js';
import { VolumeLists } from '../../../../src/storage/lvm/volume-lists.js';
import { type Answer, lvmFailure, ScriptedCommands } from '../../storage/scripted-commands.js';

function checks(script: Record<string, Answer>): VolumeChecksParts {
  const commands = new ScriptedCommands(script);
  return {
    volumeLists: new VolumeLists({ commands }),
    lvm: new LvmTools({ commands }),
  };
}

describe('Checks of volumes', () => {
  it('lists the physical volumes of the groups that are asked for', async () => {
    const rows = '  /dev/sda|xenvg|10.00|a--|100.00\n  /dev/sdb|other|5.00|u--|50.00\n';
    expect(await physicalVolumes(checks({ pvs: rows }), ['xenvg'])).to.deep.equal([
      {
        name: '/dev/sda',
        vg_name: 'xenvg',
        size: 100,
        free: 10,
        attributes: 'a--',
        lv_list: [],
      },
    ]);
    expect(await physicalVolumes(checks({ pvs: rows }), [])).to.have.lengthOf(2);
  });

  it('finds physical volumes that are shared', async () => {
    const rows = [
      '/dev/sda|xenvg|b',
      '/dev/sda|xenvg|a',
      '/dev/sda|xenvg|a',
      '/dev/sdb|xenvg|c',
      '/dev/sdb|xenvg|',
    ];
    const found = await sharedPhysicalVolumes(
      checks({ pvs: rows.map((row) => `  ${row}\n`).join('') }),
      ['xenvg'],
    );
    expect(found).to.deep.equal([['/dev/sda', ['a', 'b']]]);
  });

  it('says why logical volumes are not known, and nothing of what else is not', async () => {
    const failure = lvmFailure('  no locks');
    const broken = checks({ lvs: failure, vgs: failure, pvs: failure });
    expect(await logicalVolumes(broken)).to.equal(
      'Failed to list logical volumes, lvs output: no locks',
    );
    expect(await volumeGroups(broken)).to.be.undefined;
    expect(await physicalVolumes(broken, [])).to.be.undefined;
    expect(await sharedPhysicalVolumes(broken, [])).to.be.undefined;
  });
});
