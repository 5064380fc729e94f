import { expect } from 'chai';
import { describe, it } from 'mocha';
import { VolumeChecks } from '../../../../src/node/verify/volume-checks.js';
import { LvmTools } from '../../../../src/storage/lvm/tools.js';
import { VolumeLists } from '../../../../src/storage/lvm/volume-lists.js';
import { type Answer, lvmFailure, ScriptedCommands } from '../../storage/scripted-commands.js';

function checks(script: Record<string, Answer>): VolumeChecks {
  const commands = new ScriptedCommands(script);
  return new VolumeChecks({
    lists: new VolumeLists({ commands }),
    lvm: new LvmTools({ commands }),
  });
}

describe('VolumeChecks', () => {
  it('lists the physical volumes of the groups that are asked for', async () => {
    const rows = '  /dev/sda|xenvg|10.00|a--|100.00\n  /dev/sdb|other|5.00|u--|50.00\n';
    expect(await checks({ pvs: rows }).physical(['xenvg'])).to.deep.equal([
      {
        name: '/dev/sda',
        vg_name: 'xenvg',
        size: 100,
        free: 10,
        attributes: 'a--',
        lv_list: [],
      },
    ]);
    expect(await checks({ pvs: rows }).physical([])).to.have.lengthOf(2);
  });

  it('finds physical volumes that are shared', async () => {
    const rows = [
      '/dev/sda|xenvg|b',
      '/dev/sda|xenvg|a',
      '/dev/sda|xenvg|a',
      '/dev/sdb|xenvg|c',
      '/dev/sdb|xenvg|',
    ];
    const found = await checks({ pvs: rows.map((row) => `  ${row}\n`).join('') }).shared(['xenvg']);
    expect(found).to.deep.equal([['/dev/sda', ['a', 'b']]]);
  });

  it('says why logical volumes are not known, and nothing of what else is not', async () => {
    const failure = lvmFailure('  no locks');
    const broken = checks({ lvs: failure, vgs: failure, pvs: failure });
    expect(await broken.logical()).to.equal('Failed to list logical volumes, lvs output: no locks');
    expect(await broken.groups()).to.be.undefined;
    expect(await broken.physical([])).to.be.undefined;
    expect(await broken.shared([])).to.be.undefined;
  });
});
