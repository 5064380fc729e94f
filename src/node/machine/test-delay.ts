import { setTimeout as delay } from 'node:timers/promises';
import { RpcFailure } from '../../base/errors.js';

/** A timer cannot be set for arbitrarily long. */
const LONGEST_SECONDS = 3_600;

/**
 * Waits, so that a caller can test time limits (Ganeti: utils.TestDelay).
 *
 * Deviation: more than an hour is refused; Ganeti would keep one of its few processes busy with it.
 */
export async function testDelay(durationSeconds: number): Promise<null> {
  if (!(durationSeconds >= 0)) throw new RpcFailure('Invalid sleep duration');
  if (durationSeconds > LONGEST_SECONDS)
    throw new RpcFailure(`Invalid sleep duration: more than ${LONGEST_SECONDS} s`);
  return delay(durationSeconds * 1000, null);
}
