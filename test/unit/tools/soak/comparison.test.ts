import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  BELONGINGS,
  compare,
  GROWTH_MIB,
  isSame,
  surplus,
} from '../../../../tools/soak/comparison.js';
import type { Snapshot } from '../../../../tools/soak/snapshot.js';

const SNAPSHOT: Snapshot = {
  mounts: ['/s/run/cgroup'],
  'loop devices': [],
  'control groups': ['/sys/fs/cgroup/s'],
  processes: [],
  files: ['etc', 'lib'],
  descriptors: ['pipe:[N]', 'pipe:[N]', 'socket:[N]'],
  memory: { heapMiB: 20, rssMiB: 90 },
};

describe('surplus', () => {
  it('counts things of the same name', () => {
    expect(surplus(['a', 'a', 'b'], ['a', 'b', 'a', 'a'])).to.deep.equal(['a']);
  });

  it('is nothing when there is less', () => {
    expect(surplus(['a', 'b'], ['b'])).to.deep.equal([]);
  });
});

describe('compare', () => {
  it('is content with what is as it was', () => {
    expect(compare(SNAPSHOT, SNAPSHOT, SNAPSHOT).every(isSame)).to.equal(true);
  });

  for (const what of BELONGINGS)
    it(`names what there is more of: ${what}`, () => {
      const end = { ...SNAPSHOT, [what]: [...SNAPSHOT[what], 'new'] };
      const different = compare(SNAPSHOT, SNAPSHOT, end).filter((one) => !isSame(one));
      expect(different).to.deep.equal([
        {
          what,
          before: String(SNAPSHOT[what].length),
          after: String(SNAPSHOT[what].length + 1),
          surplus: ['new'],
        },
      ]);
    });

  it('takes descriptors and memory from the last life of the daemon', () => {
    const first = { ...SNAPSHOT, descriptors: [], memory: { heapMiB: 1, rssMiB: 1 } };
    expect(compare(first, SNAPSHOT, SNAPSHOT).every(isSame)).to.equal(true);
    const lastLife = { ...SNAPSHOT, files: [], mounts: [] };
    expect(compare(SNAPSHOT, lastLife, SNAPSHOT).every(isSame)).to.equal(true);
  });

  for (const kind of ['heapMiB', 'rssMiB'] as const)
    it(`lets the memory grow, but not beyond all bounds: ${kind}`, () => {
      const isGoodWith = (growthMiB: number) => {
        const memory = { ...SNAPSHOT.memory, [kind]: SNAPSHOT.memory[kind] + growthMiB };
        return compare(SNAPSHOT, SNAPSHOT, { ...SNAPSHOT, memory }).every(isSame);
      };
      expect(isGoodWith(GROWTH_MIB[kind])).to.equal(true);
      expect(isGoodWith(GROWTH_MIB[kind] + 1)).to.equal(false);
    });
});
