import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { StorageSpace } from '../../../../src/storage/units/storage-space.js';
import { failureOf, recordingLogger } from '../fixtures.js';
import { type Answer, lvmFailure, lvmOutput, ScriptedCommands } from '../scripted-commands.js';

let logged: Record<string, unknown>[];
beforeEach(() => {
  logged = [];
});

function spaceWith(script: Record<string, Answer>): StorageSpace {
  const mountTable = { read: () => Promise.resolve([]) };
  const logger = recordingLogger(logged);
  return new StorageSpace({ commands: new ScriptedCommands(script), mountTable, logger });
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

  for (const [unit, script, reason] of [
    [
      ['file', '/x', []],
      {
        stat: {
          exitCode: 1,
          stderr: "stat: cannot read file system information for '/x': No such file or directory",
        },
      },
      'No such file or directory',
    ],
    [
      ['lvm-vg', 'xenvg', [false]],
      { vgs: lvmFailure('locked') },
      "Can't get the volume information: locked",
    ],
    [
      ['lvm-pv', 'xenvg', [true]],
      { pvs: lvmFailure('locked') },
      "Can't compute PV info for vg xenvg: locked",
    ],
  ] as const)
    it(`has no figures for a unit of the type '${unit[0]}' that cannot be measured, and logs why`, async () => {
      const [type, name, parameters] = unit;
      expect(await spaceWith(script).measure([type, name, [...parameters]])).to.deep.equal({
        type,
        name,
        storage_free: null,
        storage_size: null,
      });
      expect(logged).to.deep.equal([
        { message: "can't measure a storage unit", type, unit: name, reason },
      ]);
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

  it('fails for what is no unit that can be measured', async () => {
    const space = spaceWith({});
    for (const [unit, message] of [
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
