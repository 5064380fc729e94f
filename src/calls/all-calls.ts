import type { CallRows } from './call-table.js';
import { clusterCalls } from './cluster-calls.js';
import { diskCalls } from './disk-calls.js';
import { exportCalls } from './export-calls.js';
import { fileCalls } from './file-calls.js';
import { instanceCalls } from './instance-calls.js';
import { jobQueueCalls } from './job-queue-calls.js';
import { migrationCalls } from './migration-calls.js';
import { networkCalls } from './network-calls.js';
import { nodeCalls } from './node-calls.js';
import { osCalls } from './os-calls.js';
import { programCalls } from './program-calls.js';
import { sshKeyCalls } from './ssh-key-calls.js';
import { storageCalls } from './storage-calls.js';
import { volumeCalls } from './volume-calls.js';

/** What the calls are carried out by: all that any family needs. */
export type CallNeeds = Parameters<typeof clusterCalls>[0] &
  Parameters<typeof diskCalls>[0] &
  Parameters<typeof exportCalls>[0] &
  Parameters<typeof fileCalls>[0] &
  Parameters<typeof instanceCalls>[0] &
  Parameters<typeof jobQueueCalls>[0] &
  Parameters<typeof migrationCalls>[0] &
  Parameters<typeof networkCalls>[0] &
  Parameters<typeof nodeCalls>[0] &
  Parameters<typeof osCalls>[0] &
  Parameters<typeof programCalls>[0] &
  Parameters<typeof sshKeyCalls>[0] &
  Parameters<typeof storageCalls>[0] &
  Parameters<typeof volumeCalls>[0];

/** Every call that is served. */
export function allCalls(needs: CallNeeds): CallRows {
  return {
    ...clusterCalls(needs),
    ...diskCalls(needs),
    ...exportCalls(needs),
    ...fileCalls(needs),
    ...instanceCalls(needs),
    ...jobQueueCalls(needs),
    ...migrationCalls(needs),
    ...networkCalls(needs),
    ...nodeCalls(needs),
    ...osCalls(needs),
    ...programCalls(needs),
    ...sshKeyCalls(needs),
    ...storageCalls(needs),
    ...volumeCalls(needs),
  };
}
