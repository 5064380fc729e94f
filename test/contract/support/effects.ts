import type { CallName } from '../../../src/generated/calls.js';
import { DISK_EFFECTS } from './disk-effects.js';
import { CLUSTER_EFFECTS } from './cluster-effects.js';
import type { ContractNode } from './contract-node.js';
import { INSTANCE_EFFECTS } from './instance-effects.js';
import { NODE_EFFECTS } from './node-effects.js';

/**
 * What must be true on the node after a call that went well.
 *
 * @param params with the paths of this node
 * @param payload of the reply
 */
export type Effect = (
  node: ContractNode,
  params: readonly unknown[],
  payload: unknown,
) => Promise<void> | void;

export type Effects = Readonly<Partial<Record<CallName, Effect>>>;

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
