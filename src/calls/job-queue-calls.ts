import { done, type CallRows } from './call-table.js';

/** Our own calls wait for each other here, so that the lock which they share with other programs stays free. */
const JOB_QUEUE_LOCK = 'job queue';

export const JOB_QUEUE_CALLS: CallRows<
  'jobqueue_update' | 'jobqueue_rename' | 'jobqueue_purge' | 'jobqueue_set_drain_flag'
> = {
  jobqueue_update: {
    lock: () => JOB_QUEUE_LOCK,
    handle: ({ jobQueue }, [fileName, content]) => done(jobQueue.update(fileName, content)),
  },
  jobqueue_rename: {
    lock: () => JOB_QUEUE_LOCK,
    handle: ({ jobQueue }, [renames]) => jobQueue.rename(renames),
  },
  jobqueue_purge: {
    lock: () => JOB_QUEUE_LOCK,
    handle: ({ jobQueue }) => done(jobQueue.purge()),
  },
  jobqueue_set_drain_flag: {
    lock: () => JOB_QUEUE_LOCK,
    handle: ({ jobQueue }, [isDrained]) => done(jobQueue.setDrainFlag(isDrained)),
  },
};
