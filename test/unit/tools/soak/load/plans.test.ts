import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Random } from '../../../../../tools/kit/random.js';
import { ASIDES } from '../../../../../tools/soak/load/asides.js';
import { BEHAVIOURS } from '../../../../../tools/soak/load/behaviours.js';
import { planDisk, planWarmUp } from '../../../../../tools/soak/load/plans.js';

const names = BEHAVIOURS.map(({ name }) => name);

describe('planWarmUp', () => {
  it('does everything once', () => {
    const { cycles } = planWarmUp(new Random(1));
    expect(cycles.map(({ behaviour }) => behaviour.name)).to.have.members(names);
    expect(cycles.flatMap(({ asides }) => asides)).to.have.members([...ASIDES]);
    expect(cycles.map(({ reboot }) => reboot)).to.include.members(['soft', 'hard', undefined]);
  });
});

describe('planDisk', () => {
  const plans = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 500 }, () => planDisk(random));
  };

  it('plans the same for the same seed', () => {
    expect(plans(5)).to.deep.equal(plans(5));
    expect(plans(5)).not.to.deep.equal(plans(6));
  });

  it('leaves nothing out for ever', () => {
    const cycles = plans(5).flatMap((plan) => plan.cycles);
    expect(new Set(cycles.map(({ behaviour }) => behaviour.name))).to.deep.equal(new Set(names));
    expect(new Set(cycles.flatMap(({ asides }) => asides))).to.deep.equal(new Set(ASIDES));
    expect(new Set(cycles.map(({ reboot }) => reboot)).size).to.equal(3);
    expect(cycles.some(({ isStartCutOff }) => isStartCutOff)).to.equal(true);
    expect(cycles.some(({ isStopCutOff }) => isStopCutOff)).to.equal(true);
    expect(new Set(cycles.map(({ isChecked }) => isChecked))).to.deep.equal(new Set([true, false]));
    expect(new Set(plans(5).map(({ disks }) => disks))).to.deep.equal(new Set([1, 2]));
  });
});
