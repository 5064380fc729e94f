import type { CallRows } from './call-row.js';
import { diskCalls } from './disks/disk-calls.js';
import { storageCalls } from './disks/storage-calls.js';
import { volumeCalls } from './disks/volume-calls.js';
import { exportCalls } from './instances/export-calls.js';
import { instanceCalls } from './instances/instance-calls.js';
import { migrationCalls } from './instances/migration-calls.js';
import { osCalls } from './instances/os-calls.js';
import { clusterCalls } from './node/cluster-calls.js';
import { fileCalls } from './node/file-calls.js';
import { jobQueueCalls } from './node/job-queue-calls.js';
import { networkCalls } from './node/network-calls.js';
import { nodeCalls } from './node/node-calls.js';
import { programCalls } from './node/program-calls.js';
import { sshKeyCalls } from './node/ssh-key-calls.js';

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
