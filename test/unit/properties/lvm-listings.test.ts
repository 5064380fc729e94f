/** Properties of what is read from the listings of lvs, pvs and vgs. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { BlockDeviceError } from '../../../src/base/errors.js';
import { allocatablePvs } from '../../../src/storage/lvm/physical-volumes.js';
import { LvmTools } from '../../../src/storage/lvm/tools.js';
import { groupSpace, groupSpindles } from '../../../src/storage/lvm/volume-groups.js';
import { readVolumeTable } from '../../../src/storage/lvm/volume-table.js';
import { FakeCommands } from '../../support/fakes/fake-commands.js';
import { textOf, valueUnless } from './texts.js';

const isExpected = (error: unknown) => error instanceof BlockDeviceError;
const name = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9+_.-]{0,10}$/);
const size = fc.nat(1e9).map((hundredths) => (hundredths / 100).toFixed(2));
const rows = textOf(
  '  xenvg|disk0|-wi-ao----|253|0|4096.00|1|/dev/sda3(0)\n',
  'xenvg|',
  '/dev/a(1)',
);
const figures = textOf(
  '  xenvg|',
  '196.00|',
  '/dev/sda3|',
  'a--|',
  'wz--n-|',
  '\n',
  'nan',
  '1e400',
  '0x10',
);

/** LVM whose every tool prints `text`. */
function printing(text: string): LvmTools {
  return new LvmTools({ commands: new FakeCommands(() => ({ stdout: text })) });
}

describe('LVM listings', () => {
  it('give back the volumes that are put in, with the devices of all their segments', () => {
    const device = fc.tuple(name, fc.nat(9999)).map(([disk, at]) => `/dev/${disk}(${at})`);
    const volume = fc.record({
      // Few, so that some have several segments.
      group: fc.constantFrom('xenvg', 'other'),
      volume: fc.constantFrom('disk0', 'disk1'),
      isVirtual: fc.boolean(),
      minor: fc.integer({ min: -1, max: 1 << 20 }),
      devices: fc.array(device, { maxLength: 3 }),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(volume, { maxLength: 6 }), async (volumes) => {
        const text = volumes.map(
          ({ group, volume, isVirtual, minor, devices }) =>
            `  ${group}|${volume}|${isVirtual ? 'v' : '-'}wi-ao----|253|${minor}|4096.00|1|${devices.join(',')}\n`,
        );
        const table = await readVolumeTable(printing(text.join('')));
        expect([...table.keys()]).to.have.members([
          ...new Set(volumes.map(({ group, volume }) => `${group}/${volume}`)),
        ]);
        for (const { group, volume, devices } of volumes)
          expect(table.get(`${group}/${volume}`)?.pvNames).to.include.members(
            devices.map((place) => place.replace(/\(\d+\)$/, '')),
          );
      }),
    );
  });

  it('give back the physical volumes of a group that may be used', () => {
    const pv = fc.record({
      name,
      group: fc.constantFrom('xenvg', 'other'),
      size,
      isOpen: fc.boolean(),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(pv, { maxLength: 6 }), async (pvs) => {
        const text = pvs.map(
          ({ name, group, size, isOpen }) =>
            `  ${name}|${group}|${size}|${isOpen ? 'a' : 'u'}--|${size}\n`,
        );
        const found = await allocatablePvs(printing(text.join('')), 'xenvg');
        const usable = pvs.filter(({ group, isOpen }) => group === 'xenvg' && isOpen);
        expect(found).to.deep.equal(
          usable.map(({ name, size }) => ({ name, sizeMiB: Number(size), freeMiB: Number(size) })),
        );
      }),
    );
  });

  it('are refused as disk errors, or read, whatever they say', () =>
    fc.assert(
      fc.asyncProperty(rows, async (text) => {
        const table =
          (await valueUnless(isExpected, () => readVolumeTable(printing(text)))) ?? new Map();
        for (const { major, minor, extentKiB } of table.values())
          for (const figure of [major, minor, extentKiB]) expect(figure).to.be.finite;
      }),
    ));

  it('never lead to sizes that are no numbers', () =>
    fc.assert(
      fc.asyncProperty(figures, async (text) => {
        const lvm = printing(text);
        const pvs = (await valueUnless(isExpected, () => allocatablePvs(lvm, 'xenvg'))) ?? [];
        for (const { sizeMiB, freeMiB } of pvs) expect(sizeMiB + freeMiB).to.be.finite;
        const space = await valueUnless(isExpected, () => groupSpace(lvm, 'xenvg', false));
        if (space !== undefined) expect(space.freeMiB + space.sizeMiB).to.be.finite;
        const spindles = await valueUnless(isExpected, () => groupSpindles(lvm, 'xenvg'));
        if (spindles !== undefined) expect(spindles.free).to.be.at.most(spindles.total);
      }),
      { numRuns: 500 },
    ));
});
