import type { CallName } from '../../../../src/generated/calls.js';
import type { ContractNode } from '../contract-node.js';

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
