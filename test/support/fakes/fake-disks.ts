import type { DiskDoor } from '../../../src/system/helper/disk-jobs.js';
import type { JobParams, JobResult } from '../../../src/system/helper/job-table.js';
import { JOBS } from '../../../src/system/helper/jobs.js';

type Jobs = typeof JOBS;
type JobName = keyof Jobs;
/** What is done instead of some jobs. */
export type FakeJobs = {
  [N in JobName]?: (params: JobParams<Jobs, N>) => JobResult<Jobs, N> | Promise<JobResult<Jobs, N>>;
};

/** Does all jobs in this process; some of them in another way. */
export class FakeDisks implements DiskDoor {
  readonly #fakes: FakeJobs;

  constructor(fakes: FakeJobs = {}) {
    this.#fakes = fakes;
  }

  async run<N extends JobName>(name: N, params: JobParams<Jobs, N>): Promise<JobResult<Jobs, N>> {
    const job = (this.#fakes[name] ?? JOBS[name]) as (params: JobParams<Jobs, N>) => unknown;
    return (await job(params)) as JobResult<Jobs, N>;
  }

  delegate<N extends JobName>(name: N, params: JobParams<Jobs, N>): Promise<JobResult<Jobs, N>> {
    return this.run(name, params);
  }

  delegateAt<N extends JobName>(name: N, params: JobParams<Jobs, N>): Promise<JobResult<Jobs, N>> {
    return this.run(name, params);
  }
}
