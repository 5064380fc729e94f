import { join } from 'node:path';
import type { ReasonTrail } from '../generated/objects.js';
import { makeDirectory } from '../system/file/directories.js';
import { writeVolatileFile } from '../system/file/files.js';

/** Ganeti: constants.OPCODE_REASON_SRC_NODED. */
const SOURCE = 'gnt:daemon:noded';
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** What this daemon changes of an instance. */
export type ReasonStep = 'start' | 'shutdown' | 'reboot';

/** The trail with this daemon's own step at its end (Ganeti: noded._extendReasonTrail). */
export function extendReasonTrail(trail: ReasonTrail, step: ReasonStep, now: Date): ReasonTrail {
  return [...trail, [`${SOURCE}:${step}`, '', now.getTime() * NANOSECONDS_PER_MILLISECOND]];
}

/** Keeps why an instance last changed its state, for Ganeti's monitoring (Ganeti: backend._StoreInstReasonTrail). */
export async function storeReason(
  reasonTrailsDir: string,
  instance: string,
  trail: ReasonTrail,
): Promise<void> {
  await makeDirectory(reasonTrailsDir, 0o755);
  writeVolatileFile(join(reasonTrailsDir, instance), JSON.stringify(trail), 0o644);
}
