import type { JobQueue } from '../../node/files/job-queue.js';
import { done, type SomeCallRows } from '../call-row.js';

/** Our own calls wait for each other here, so that the lock which they share with other programs stays free. */
const JOB_QUEUE_LOCK = 'job queue';

export interface JobQueueCallNeeds {
  readonly jobQueue: JobQueue;
}

export const jobQueueCalls = ({ jobQueue }: JobQueueCallNeeds) =>
  ({
    jobqueue_update: {
      lock: () => JOB_QUEUE_LOCK,
      run: ([fileName, content]) => done(jobQueue.update(fileName, content)),
    },
    jobqueue_rename: {
      lock: () => JOB_QUEUE_LOCK,
      run: ([renames]) => jobQueue.rename(renames),
    },
    jobqueue_purge: {
      lock: () => JOB_QUEUE_LOCK,
      run: () => done(jobQueue.purge()),
    },
    jobqueue_set_drain_flag: {
      lock: () => JOB_QUEUE_LOCK,
      run: ([isDrained]) => done(jobQueue.setDrainFlag(isDrained)),
    },
  }) satisfies SomeCallRows;
