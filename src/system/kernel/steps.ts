import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Something of this machine that has just been changed. If we end here, this much is done, and the rest is not. */
export interface Step {
  /** The same words each time, such as `file renamed`. */
  readonly name: string;
  /** What was changed, a path mostly. */
  readonly subject: string;
  /** Whether a helper process has taken it and told us of it: it is then over for a moment. */
  readonly isForwarded?: boolean;
}

/**
 * One of Node's own diagnostics channels: what makes a step need not be handed anything for it, and only code of this
 * very process can listen. Nobody does, unless the daemon logs for debugging.
 */
const STEPS = channel('chroot-noded:step');

/**
 * Says that a step is done, wherever something is changed that outlives this process: in the doors to Linux, so that
 * whatever goes through them is covered, and beside changes that go through none of them.
 */
export function stepDone(name: string, subject: string): void {
  if (STEPS.hasSubscribers) announceStep({ name, subject });
}

/** Says on this process's channel that a step is done, which a helper has taken. */
export function announceStep(step: Step): void {
  STEPS.publish(step);
}

/** Whether anybody wants to hear of steps. */
export function hasListeners(): boolean {
  return STEPS.hasSubscribers;
}

/**
 * Tells `listener` of each step, before the next one begins.
 *
 * @returns ends that
 */
export function onStep(listener: (step: Step) => void): () => void {
  const hear = (step: unknown) => {
    listener(step as Step);
  };
  subscribe(STEPS.name, hear);
  return () => {
    unsubscribe(STEPS.name, hear);
  };
}
