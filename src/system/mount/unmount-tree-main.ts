import { unmountTree } from './unmount-tree.js';

/** unmount-tree-main.js ROOT all|below: prints the first of what is left as JSON, exits with 3 when that is something. */
const [root, which] = process.argv.slice(2);
if (root === undefined || (which !== 'all' && which !== 'below'))
  throw new Error('usage: unmount-tree-main.js ROOT all|below');
const leftovers = unmountTree(root, which === 'below');
// Cut, so that the whole fits into what is kept of a program's output: names are up to those who have mounted there.
const named = leftovers.map(({ mountPoint, reason }) => ({
  mountPoint: mountPoint.slice(0, 1_000),
  reason: reason.slice(0, 2_000),
}));
process.stdout.write(JSON.stringify(named));
process.exitCode = leftovers.length === 0 ? 0 : 3;
