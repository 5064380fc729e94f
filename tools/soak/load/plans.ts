import type { Random } from '../../kit/random.js';
import { type Aside, ASIDES } from './asides.js';
import { type Behaviour, BEHAVIOURS, weighted } from './behaviours.js';

/** What is to happen between a start and the stop that belongs to it. */
export interface CyclePlan {
  readonly behaviour: Behaviour;
  readonly reboot: 'soft' | 'hard' | undefined;
  /** The call is made and given up, before it is made in earnest. */
  readonly isStartCutOff: boolean;
  readonly isStopCutOff: boolean;
  /** Whether it is asked in between if the instance runs. */
  readonly isChecked: boolean;
  readonly asides: readonly Aside[];
}

/** The life of an instance's disks. */
export interface DiskPlan {
  readonly disks: number;
  readonly cycles: readonly CyclePlan[];
}

const CHOICES = weighted();
const MOST_CYCLES_ON_A_DISK = 16;
const MOST_ASIDES = 1;

/** A disk with as many cycles as it happens, each of its own kind. */
export function planDisk(random: Random): DiskPlan {
  const cycles = 1 + random.below(MOST_CYCLES_ON_A_DISK);
  return {
    disks: random.chance(0.05) ? 2 : 1,
    cycles: Array.from({ length: cycles }, () => planCycle(random)),
  };
}

function planCycle(random: Random): CyclePlan {
  return {
    behaviour: random.pick(CHOICES),
    reboot: random.chance(0.1) ? random.pick(['soft', 'hard']) : undefined,
    isStartCutOff: random.chance(0.05),
    isChecked: random.chance(0.4),
    isStopCutOff: random.chance(0.05),
    asides: Array.from({ length: random.below(MOST_ASIDES + 1) }, () => random.pick(ASIDES)),
  };
}

/** Everything once: after that the daemon has in memory, and on its disk, what it keeps for good. */
export function planWarmUp(random: Random): DiskPlan {
  const behaviours = random.shuffled(BEHAVIOURS);
  return {
    disks: 2,
    cycles: behaviours.map((behaviour, index) => ({
      behaviour,
      reboot: index % 3 === 0 ? 'soft' : index % 3 === 1 ? 'hard' : undefined,
      isStartCutOff: index === 1,
      isStopCutOff: index === 2,
      isChecked: true,
      asides: ASIDES.filter((_aside, at) => at % behaviours.length === index),
    })),
  };
}
