import { INSTANCE_DIFFERENCES } from './instance-differences.js';
import type { MeantDifferences } from './meant-difference.js';
import { NODE_DIFFERENCES } from './node-differences.js';
import { STORAGE_DIFFERENCES } from './storage-differences.js';

/** Where our replies are meant to differ from those of Ganeti's daemon. */
export const DIFFERENCES: MeantDifferences = {
  ...INSTANCE_DIFFERENCES,
  ...STORAGE_DIFFERENCES,
  ...NODE_DIFFERENCES,
};
