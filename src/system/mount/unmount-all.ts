import { stepDone } from '../kernel/steps.js';
import { type Leftover, unmountTree } from './unmount-tree.js';

/** How much is named of what is left: names are up to those who have mounted there. */
const NAMED = 10;
const NAME_CHARACTERS = 1_000;

/** `unmountTree` as a job of a helper. */
export function unmountAll({ root, keepRoot }: { root: string; keepRoot: boolean }): Leftover[] {
  const leftovers = unmountTree(root, keepRoot);
  stepDone('tree unmounted', root);
  return leftovers.slice(0, NAMED).map(({ mountPoint, reason }) => ({
    mountPoint: mountPoint.slice(0, NAME_CHARACTERS),
    reason,
  }));
}
