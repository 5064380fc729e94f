import type { CallName } from '../../../../src/generated/calls.js';
import { CLUSTER_EFFECTS } from './cluster-effects.js';
import { DISK_EFFECTS } from './disk-effects.js';
import type { Effect } from './effect.js';
import { INSTANCE_EFFECTS } from './instance-effects.js';
import { NODE_EFFECTS } from './node-effects.js';

/** Most calls that change something say nothing of it themselves. */
export const EFFECTS: Readonly<Partial<Record<string, Effect>>> = {
  ...INSTANCE_EFFECTS,
  ...DISK_EFFECTS,
  ...NODE_EFFECTS,
  ...CLUSTER_EFFECTS,
};

/** Calls that change nothing on a node like this, as far as can be seen from outside. */
export const WITHOUT_EFFECT: readonly CallName[] = [
  'accept_instance',
  'blockdev_pause_resume_sync',
  // The two nodes learn how it went by the calls that finalize it.
  'instance_migrate',
];
