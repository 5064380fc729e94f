import type { Length } from '../options.js';

/** How much of a soak each of its parts is. */
export const PHASES = { 'with restarts': 0.5, 'settling in': 0.15, 'long run': 0.35 };
export type Phase = keyof typeof PHASES;

const MINUTE_MS = 60_000;

/**
 * Tells when a part that begins now is over.
 *
 * @param cyclesNow how many cycles there were so far, in all parts
 * @param now in milliseconds
 */
export function phaseEnd(
  phase: Phase,
  length: Length,
  cyclesNow: () => number,
  now: () => number = () => performance.now(),
): () => boolean {
  if ('minutes' in length) {
    const endMs = now() + PHASES[phase] * length.minutes * MINUTE_MS;
    return () => now() >= endMs;
  }
  const end = cyclesNow() + Math.ceil(PHASES[phase] * length.cycles);
  return () => cyclesNow() >= end;
}
