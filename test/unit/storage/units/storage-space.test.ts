import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { StorageSpace } from '../../../../src/storage/units/storage-space.js';
import { failureOf } from '../fixtures.js';
import { type Answer, lvmFailure, lvmOutput, ScriptedCommands } from '../scripted-commands.js';

function spaceWith(script: Record<string, Answer>): StorageSpace {
  const mountTable = { read: () => Promise.resolve([]) };
  return new StorageSpace({ commands: new ScriptedCommands(script), mountTable });
}

const lvm = { vgs: lvmOutput('vgs'), pvs: lvmOutput('pvs') };

describe('StorageSpace.measure', () => {
  it('measures the file system of a directory, in whole MiB', async () => {
    const script = { 'stat --file-system --format=%S %b %a -- /srv': '4096 66052000 20610000\n' };
    expect(await spaceWith(script).measure(['file', '/srv', []])).to.deep.equal({
      type: 'file',
      name: '/srv',
      storage_size: 258015,
      storage_free: 80507,
    });
  });

  it('says why a directory cannot be measured', async () => {
    const stderr = "stat: cannot read file system information for '/x': No such file or directory";
    const error = await failureOf(
      spaceWith({ stat: { exitCode: 1, stderr } }).measure(['file', '/x', []]),
    );
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(
      'Failed to retrieve file system information about path: /x - No such file or directory',
    );
  });

  it('measures volume groups', async () => {
    expect(await spaceWith(lvm).measure(['lvm-vg', 'xenvg', [false]])).to.deep.equal({
      type: 'lvm-vg',
      name: 'xenvg',
      storage_free: 332,
      storage_size: 392,
    });
    const empty = '/dev/sda3|xenvg|196.00|a--|196.00\n/dev/sdb3|xenvg|10.00|a--|196.00\n';
    const exclusive = spaceWith({ ...lvm, pvs: empty });
    expect((await exclusive.measure(['lvm-vg', 'xenvg', [true]])).storage_free).to.equal(190);
  });

  for (const name of ['none', 'readonly'])
    it(`has no size for the group '${name}'`, async () => {
      const info = await spaceWith(lvm).measure(['lvm-vg', name, [false]]);
      expect([info.storage_free, info.storage_size]).to.deep.equal([null, null]);
    });

  it('counts spindles only with exclusive storage', async () => {
    const space = spaceWith({
      pvs: '/dev/sda3|xenvg|196.00|a--|196.00\n/dev/sdb3|xenvg|1|a--|9\n',
    });
    const counts = async (isExclusive: boolean) => {
      const info = await space.measure(['lvm-pv', 'xenvg', [isExclusive]]);
      return [info.storage_free, info.storage_size];
    };
    expect(await counts(true)).to.deep.equal([1, 2]);
    expect(await counts(false)).to.deep.equal([0, 0]);
  });

  it('fails when LVM does, and for what it cannot measure', async () => {
    const space = spaceWith({ vgs: lvmFailure('locked') });
    for (const [unit, message] of [
      [['lvm-vg', 'xenvg', [false]], "Can't get the volume information: locked"],
      [['lvm-vg', 'xenvg', []], /expected 1, received '0'/],
      [['lvm-pv', 'xenvg', ['yes']], /Exclusive storage parameter is not boolean/],
      [['file', '/srv', [1]], /expected 0, received '1'/],
      [
        ['sharedfile', '/x', []],
        "Storage reporting is not supported for storage type 'sharedfile'",
      ],
      [['tape', 'x', []], "Unknown storage type: 'tape'"],
      [['constructor', 'x', []], "Unknown storage type: 'constructor'"],
    ] as const) {
      const error = await failureOf(space.measure([unit[0], unit[1], [...unit[2]]]));
      expect(error).to.be.instanceOf(RpcFailure);
      if (typeof message === 'string') expect(error.message).to.equal(message);
      else expect(error.message).to.match(message);
    }
  });
});
